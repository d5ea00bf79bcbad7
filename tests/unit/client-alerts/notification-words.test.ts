import { describe, expect, it } from 'vitest';
import { alertKindSchema, type AlertKind } from '#shared/alert/alert.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { planAlerts } from '#shared/alert/plan.ts';
import { buttonWords, lineOf } from '#server/alerts/message-words.ts';
import { alertWord } from '$lib/alarm/alert-words.ts';
import { notificationWords } from '$lib/alerts/notification-words.ts';
import { hospital, people, Story, storyStart } from '#tests/builders.ts';

const words = notificationWords();
const mailed = (about: AlertKind): string =>
  lineOf({
    type: 'alert',
    alerts: ['one'],
    idempotencyKey: 'one',
    tag: 'one',
    about,
    urgency: 'urgent',
    departmentName: 'Cardiology',
    reference: null,
    open: '/',
    canBeAcknowledged: false,
    sentAt: storyStart,
  });
const everywhere = (about: AlertKind): string[] => [words.about(about), alertWord(about), mailed(about)];

/** What the last act of a story tells a person. */
function toldTo(story: Story, person: string): AlertKind | undefined {
  const consult = projectConsult(story.events);
  if (consult === null) throw new Error('no consult');
  return planAlerts({ consult, newEvents: story.events, directory: hospital(), at: storyStart }).findLast(
    ({ recipient }) => recipient === person,
  )?.about;
}

describe('what an alert says is true for whoever reads it', () => {
  it.each(alertKindSchema.options)('%s has words on a notification, in the app and in a mail', (about) => {
    for (const said of everywhere(about)) expect(said.length).toBeGreaterThan(3);
  });

  it('a redirect is told to those who asked, and so never says that it came to their department', () => {
    const story = new Story().submitted().act('redirected', undefined, { by: people.receiver });
    expect(toldTo(story, people.requester.id)).toBe('redirected');
    for (const said of everywhere('redirected')) expect(said).toMatch(/another department/i);
  });

  it('CON-20 who came second hears that somebody else has it, not that their own consult was taken', () => {
    const story = new Story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 15, assignSelf: true })
      .act(
        'acknowledged',
        { promiseMinutes: 5, assignSelf: true },
        { by: people.cardiologist2, base: 3, lamport: 2 },
      );
    const about = toldTo(story, people.cardiologist2.id);
    expect(about).toBe('reassigned-away');
    for (const said of everywhere('reassigned-away')) {
      expect(said).toMatch(/someone else|colleague/i);
      expect(said).not.toMatch(/your consult/i);
    }
  });

  it('a request to swap does not say that the rota changed', () => {
    for (const said of [...everywhere('swap-asked'), ...everywhere('swap-declined')])
      expect(said).not.toMatch(/rota (has )?changed/i);
  });

  it('OFF-9 the buttons of a declared notification read as those our worker shows', () => {
    expect(buttonWords).toEqual({ acknowledge: words.acknowledge, open: words.open });
  });
});
