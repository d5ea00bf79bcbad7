import { describe, expect, it } from 'vitest';
import { alertKindSchema, type AlertKind } from '#shared/alert/alert.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { planAlerts } from '#shared/alert/plan.ts';
import { pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import { aboutWords, wordsIn } from '#shared/alert/words/words.ts';
import { lineOf } from '#server/alerts/message-words.ts';
import { alertWord } from '$lib/alarm/alert-words.ts';
import { languageOfUnread, planNotification, readPush } from '$lib/alerts/notification.ts';
import { hospital, people, Story, storyStart } from '#tests/builders.ts';

const mailed = (about: AlertKind): string =>
  lineOf({
    type: 'alert',
    alerts: ['one'],
    idempotencyKey: 'one',
    tag: 'one',
    about,
    urgency: 'urgent',
    departmentName: 'Cardiology',
    language: 'en',
    reference: null,
    open: '/',
    canBeAcknowledged: false,
    sentAt: storyStart,
  });
const everywhere = (about: AlertKind): string[] => [
  aboutWords({ about }, 'en'),
  alertWord(about),
  mailed(about),
];

const pushed = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  v: 1,
  type: 'alert',
  tag: 'consult:one',
  about: 'new-consult',
  urgency: 'emergency',
  departmentName: 'Cardiology',
  open: '/consult/one',
  receipt: 'r'.repeat(40),
  acknowledge: 'a'.repeat(40),
  sentAt: storyStart,
  ...over,
});
const payload = (over: Partial<PushPayload> = {}): PushPayload => pushPayloadSchema.parse(pushed(over));

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
});

describe('UX-3 ALE-3 what the worker shows', () => {
  it('is in the language of whoever is called, and runs the way it is written', () => {
    expect(planNotification(payload({ lang: 'ur' }))).toMatchObject({
      title: `${wordsIn('ur').urgency.emergency} · Cardiology`,
      body: wordsIn('ur').about['new-consult'],
      lang: 'ur',
      dir: 'rtl',
      actions: [
        { action: 'acknowledge', title: wordsIn('ur').acknowledge },
        { action: 'open', title: wordsIn('ur').open },
      ],
    });
    expect(planNotification(payload())).toMatchObject({ title: 'EMERGENCY · Cardiology', dir: 'ltr' });
  });

  it.each([
    [{}, 'Test alert. Nothing to do.'],
    [{ test: 'turn' }, wordsIn('en').test.turn],
    [{ test: 'turn-silent' }, wordsIn('en').test['turn-silent']],
    [{ test: 'of-a-newer-server' }, 'Test alert. Nothing to do.'],
  ])('ALE-9 a test says why it came: %o', (over, said) => {
    const push = readPush(JSON.stringify(pushed({ about: 'test', ...over })));
    expect(push && planNotification(push.payload).body).toBe(said);
    expect(push && planNotification(push.payload).title).toBe('Test · Cardiology');
  });

  it('OFF-7 a kind of a newer server is still read, shown in the server’s own words, and its receipt is sent', () => {
    const text = JSON.stringify(
      pushed({ about: 'eclipse', lang: 'ur', notification: { title: 'چاند گرہن', body: 'اوپر دیکھیں۔' } }),
    );
    const push = readPush(text);
    expect(push?.payload).toMatchObject({ about: 'unknown', receipt: 'r'.repeat(40) });
    expect(push && planNotification(push.payload, push.declared)).toMatchObject({
      title: 'چاند گرہن',
      body: 'اوپر دیکھیں۔',
    });
    expect(push && planNotification(push.payload).body).toBe(wordsIn('ur').about.unknown);
  });

  it.each([
    ['not JSON', 'en-GB', 'en'],
    ['not JSON', 'ur-PK', 'ur'],
    ['{"v":2,"lang":"ur"}', 'en-GB', 'ur'],
    ['{"v":2,"lang":"ar"}', 'ur-PK', 'en'],
    ['{"v":2}', 'fr-FR', 'en'],
  ])('of a push that cannot be read, %s in a browser in %s, it speaks in %s', (text, browser, language) => {
    expect(readPush(text)).toBeNull();
    expect(languageOfUnread(text, browser)).toBe(language);
  });
});
