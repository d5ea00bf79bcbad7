import { describe, expect, test } from 'vitest';
import type { AlertFact } from '#shared/alert/alert.ts';
import { nextStep } from '#shared/alert/ladder.ts';
import { alertOf, announcementIdOf } from '#shared/alert/plan.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { isTurnTestSilent, turnTestCause, turnTestOf } from '#shared/alert/turn-test.ts';
import { eventIdSchema } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, deviceId, people, storyStart } from '#tests/builders.ts';

const minute = (at: number) => addMinutes(storyStart, at);
const cause = turnTestCause(people.cardiologist.id, storyStart);
const begun = alertOf(
  {
    id: announcementIdOf(cause, people.cardiologist.id),
    consult: null,
    cause,
    recipient: people.cardiologist.id,
    as: 'on call',
    about: 'test',
    urgency: 'urgent',
    department: departments.cardiology.id,
  },
  storyStart,
);
const fact = (over: Partial<AlertFact>): AlertFact => ({
  fact: 'sent',
  channel: 'push',
  device: deviceId('phone'),
  attempt: 0,
  outcome: 'ok',
  at: minute(0),
  ...over,
});
const bySms = fact({ channel: 'sms', device: null, at: minute(5), round: 1 });
const shown = fact({ fact: 'shown', outcome: null, at: minute(1) });

/** What is sent now, and in how many minutes to look again. */
function step(
  facts: readonly AlertFact[],
  at: number,
  channels: OutsideChannel[] = ['push', 'sms', 'email'],
) {
  const { acts, nextAt } = nextStep({
    alert: { ...begun, facts: [...begun.facts, ...facts] },
    plan: { channels, notBefore: null },
    isInApp: false,
    hasSuccessor: false,
    now: minute(at),
  });
  const said = acts.map((act) =>
    act.type === 'send' ? `${act.channel} round ${String(act.round)}` : act.type,
  );
  return [...said, nextAt === null ? 'at rest' : nextAt];
}

describe('ALE-9 the test at the start of a turn', () => {
  test.each<[string, readonly AlertFact[], number, string[]]>([
    ['begins with the first channel alone', [], 0, ['push round 0', 'at rest']],
    ['is given five minutes', [fact({})], 4, [minute(5)]],
    [
      'goes on to the next channel, and is not said twice in the first',
      [fact({})],
      5,
      ['sms round 1', 'at rest'],
    ],
    ['ends when it was shown', [fact({}), shown], 5, ['at rest']],
    ['goes on to the last', [fact({}), bySms], 10, ['email round 2', 'at rest']],
    [
      'then it has said all it can, and nobody else is called',
      [fact({}), bySms, fact({ channel: 'email', device: null, at: minute(10), round: 2 })],
      60,
      ['at rest'],
    ],
  ])('%s', (_name, facts, at, said) => expect(step(facts, at)).toEqual(said));

  test('a dead device is followed by the next channel at once', () => {
    expect(step([fact({ outcome: 'gone' })], 0)).toEqual(['sms round 0', 'at rest']);
  });

  test('whoever has no channel is not called by anything, and nobody in their place', () => {
    expect(step([], 0, [])).toEqual(['note-unreachable', 'at rest']);
  });

  test('is one per person and turn', () => {
    expect(eventIdSchema.safeParse(cause).success).toBe(true);
    expect(turnTestCause(people.cardiologist.id, minute(720))).not.toBe(cause);
    expect(turnTestCause(people.head.id, storyStart)).not.toBe(cause);
  });

  test.each<[string, readonly AlertFact[], number | null]>([
    ['sent alone', [fact({})], null],
    ['shown by a device', [fact({}), shown], 1],
    ['twice: the first counts', [fact({ fact: 'shown', outcome: null, at: minute(9) }), shown], 1],
    ['taken by a handset', [fact({ fact: 'shown', channel: 'sms', at: minute(6) })], 6],
    ['seen in the list of the open app', [fact({ fact: 'shown', channel: 'in-app', at: minute(1) })], null],
  ])('%s', (_name, facts, at) => {
    expect(turnTestOf({ ...begun, facts: [...facts] })).toEqual({
      sentAt: storyStart,
      shownAt: at === null ? null : minute(at),
    });
  });

  test('silence is said after five minutes, and a late showing ends it', () => {
    const silent = { sentAt: storyStart, shownAt: null };
    expect([isTurnTestSilent(silent, minute(4)), isTurnTestSilent(silent, minute(5))]).toEqual([false, true]);
    expect(isTurnTestSilent({ ...silent, shownAt: minute(9) }, minute(10))).toBe(false);
  });
});

describe('ALE-9 one way only', () => {
  test('is told in the app alone, whatever channels there are', () => {
    const { acts, nextAt } = nextStep({
      alert: { ...begun, about: 'one-way', urgency: 'routine' },
      plan: { channels: ['push', 'email'], notBefore: null },
      isInApp: true,
      hasSuccessor: false,
      now: storyStart,
    });
    expect([acts, nextAt]).toEqual([[], null]);
  });
});
