import { describe, expect, it } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { alertOf, planAlerts } from '#shared/alert/plan.ts';
import { standDown } from '#shared/alert/stand-down.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { isStamped } from '#shared/event/envelope.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, directoryOf, people, story, storyStart, type Story } from '#tests/builders.ts';

const [outgoing, incoming] = [people.cardiologist, people.cardiologist2];
const directory = directoryOf(Object.values(people), Object.values(departments));
const offered = (): Story =>
  story()
    .submitted()
    .act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { by: outgoing })
    .system('hand-over-offered', { to: incoming.id, until: addMinutes(storyStart, 60) });
const consultOf = (told: Story) => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const newest = (told: Story) => told.events.filter(isStamped).slice(-1);

describe('alerts of a hand-over', () => {
  const told = offered();
  const planned = planAlerts({
    consult: consultOf(told),
    newEvents: newest(told),
    directory,
    at: storyStart,
  });
  const alert: Alert = alertOf(planned[0] as (typeof planned)[number], storyStart);

  it('DEP-6 the incoming doctor alone is told, and told that it is a hand-over', () => {
    expect(planned).toMatchObject([{ recipient: incoming.id, about: 'hand-over', as: 'incoming' }]);
  });

  it.each([
    ['it is confirmed', (after: Story) => after.act('hand-over-confirmed', {}, { by: incoming }), true],
    [
      'it is given to somebody',
      (after: Story) => after.act('reassigned', { to: people.receiver.id, reason: 'Busy.' }),
      true,
    ],
    [
      'another acknowledges what is taken',
      (after: Story) =>
        after.act('acknowledged', { promiseMinutes: 5, assignSelf: true }, { by: people.receiver }),
      false,
    ],
    ['it is cancelled', (after: Story) => after.act('cancelled', { reason: 'Went home.' }), true],
    ['a note is written', (after: Story) => after.act('note-added', undefined, { by: outgoing }), false],
  ])('ALE-8 when %s the notification is closed: %#', (_what, act, isClosed) => {
    const after = act(offered());
    const closed = standDown({ consult: consultOf(after), newEvents: newest(after), alerts: [alert] });
    expect(closed).toEqual(isClosed ? [alert.id] : []);
  });
});
