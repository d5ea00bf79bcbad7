import { describe, expect, it } from 'vitest';
import type { Alert, AlertFact, AlertKind } from '#shared/alert/alert.ts';
import { nextStep, retryDelaysSeconds, type LadderInput } from '#shared/alert/ladder.ts';
import { alertOf } from '#shared/alert/plan.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { addMs } from '#shared/lib/instant.ts';
import { consultId, departments, deviceId, eventId, people, storyStart } from '#tests/builders.ts';

const after = (seconds: number) => addMs(storyStart, seconds * 1000);
const phone = deviceId('phone');
const tablet = deviceId('tablet');

function alert(urgency: Urgency, facts: AlertFact[] = [], about: AlertKind = 'assigned'): Alert {
  const made = alertOf(
    {
      id: 'a',
      consult: consultId('one'),
      cause: eventId('cause'),
      recipient: people.cardiologist.id,
      as: 'assignee',
      about,
      urgency,
      department: departments.cardiology.id,
    },
    storyStart,
  );
  return { ...made, facts: [...made.facts, ...facts] };
}

const fact = (over: Partial<AlertFact>): AlertFact => ({
  fact: 'sent',
  channel: 'push',
  device: phone,
  attempt: 0,
  outcome: 'ok',
  at: after(0),
  ...over,
});
const sent = (
  seconds: number,
  outcome: AlertFact['outcome'] = 'ok',
  over: Partial<AlertFact> = {},
): AlertFact => fact({ at: after(seconds), outcome, ...over });
const sms = (seconds: number, outcome: AlertFact['outcome'] = 'ok', over: Partial<AlertFact> = {}) =>
  sent(seconds, outcome, { channel: 'sms', device: null, round: 1, ...over });
const none = sent(0, 'none', { device: null });

/** Acts in few words, then the next look in seconds. */
function step(held: Alert, atSeconds: number, over: Partial<LadderInput> = {}): (string | number | null)[] {
  const { acts, nextAt } = nextStep({
    alert: held,
    plan: { channels: ['push', 'sms', 'email'], notBefore: null },
    isInApp: false,
    hasSuccessor: false,
    now: after(atSeconds),
    ...over,
  });
  const words = acts.map((act) =>
    act.type === 'send'
      ? `${act.channel} ${String(act.attempt)}${act.devices === null ? '' : ` to ${String(act.devices.length)}`}`
      : act.type,
  );
  return [...words, nextAt === null ? null : (Date.parse(nextAt) - Date.parse(storyStart)) / 1000];
}
const only = (...channels: OutsideChannel[]) => ({ plan: { channels, notBefore: null } });

describe('ALE-4 the ladder of an emergency', () => {
  const first = [sent(0)];
  const second = [...first, sent(60, 'ok', { attempt: 1, round: 1 }), sms(60)];
  const third = [
    ...second,
    sent(120, 'ok', { attempt: 2, round: 2 }),
    sent(120, 'ok', { channel: 'email', device: null, round: 2 }),
  ];
  it.each<[string, Alert, number, Partial<LadderInput>, (string | number | null)[]]>([
    ['is pushed first', alert('emergency'), 0, {}, ['push 0', null]],
    ['waits a minute for a device to show it', alert('emergency', first), 10, {}, [60]],
    [
      'silence: the same person again, and the next channel',
      alert('emergency', first),
      60,
      {},
      ['push 1', 'sms 0', null],
    ],
    [
      'more silence: the next channel and the next person',
      alert('emergency', second),
      120,
      {},
      ['push 2', 'email 0', 'call-next', null],
    ],
    ['before that it waits', alert('emergency', second), 119, {}, [120]],
    ['then it is done with this person', alert('emergency', third), 180, { hasSuccessor: true }, [null]],
    ['the next person is called once', alert('emergency', third), 180, {}, ['call-next', null]],
    [
      'push alone: again, then the next person',
      alert('emergency', first),
      60,
      only('push'),
      ['push 1', null],
    ],
    [
      'push alone, silent twice',
      alert('emergency', [...first, sent(60, 'ok', { attempt: 1, round: 1 })]),
      120,
      only('push'),
      ['call-next', null],
    ],
    [
      'e-mail alone proves nothing: the next person after a minute',
      alert('emergency', [sent(0, 'ok', { channel: 'email', device: null })]),
      60,
      only('email'),
      ['call-next', null],
    ],
    [
      '#36 a dead subscription: the next channel at once',
      alert('emergency', [sent(0, 'gone')]),
      0,
      {},
      ['sms 0', null],
    ],
    [
      '#36 and without another channel the next person at once',
      alert('emergency', [sent(0, 'gone')]),
      0,
      only(),
      ['note-unreachable', 'call-next', null],
    ],
    [
      'no channel at all: noted, and the next person at once',
      alert('emergency'),
      0,
      only(),
      ['note-unreachable', 'call-next', null],
    ],
    [
      'no channel, but the app is open: a minute for it',
      alert('emergency', [none]),
      0,
      { ...only(), isInApp: true },
      [60],
    ],
    [
      'no channel, the app is open and silent',
      alert('emergency', [none]),
      60,
      { ...only(), isInApp: true },
      ['call-next', null],
    ],
    [
      'one dead device of two is no dead channel',
      alert('emergency', [sent(0, 'gone'), sent(0, 'ok', { device: tablet })]),
      1,
      {},
      [60],
    ],
    [
      '#37 a number refused for good after the push was silent',
      alert('emergency', [
        ...first,
        sent(60, 'ok', { attempt: 1, round: 1 }),
        sms(60, 'failed', { isFinal: true }),
      ]),
      60,
      only('push', 'sms'),
      [120],
    ],
    [
      'shown: nothing more',
      alert('emergency', [...first, fact({ fact: 'shown', outcome: null })]),
      60,
      {},
      [null],
    ],
    [
      'an SMS that was delivered counts as shown',
      alert('emergency', [...second, fact({ fact: 'shown', channel: 'sms', device: null, outcome: null })]),
      120,
      {},
      [null],
    ],
    [
      'opened in the app: nothing more',
      alert('emergency', [...first, fact({ fact: 'opened', channel: 'in-app', outcome: null })]),
      60,
      {},
      [null],
    ],
    [
      '#48 stood down: nothing more',
      alert('emergency', [...first, fact({ fact: 'stood-down', channel: 'in-app' })]),
      60,
      {},
      [null],
    ],
    ['#43 after two hours escalation alone speaks', alert('emergency', first), 7201, {}, [null]],
  ])('%s', (_why, held, at, over, expected) => expect(step(held, at, over)).toEqual(expected));
});

describe('ALE-12 a try that failed, or of which nobody knows', () => {
  it.each<[string, Alert, number, (string | number | null)[]]>([
    ['fails: again after ten seconds', alert('emergency', [sent(0, 'failed')]), 0, [10]],
    ['again to that device alone', alert('emergency', [sent(0, 'failed')]), 10, ['push 1 to 1', 60]],
    [
      'the second time after twenty',
      alert('emergency', [sent(0, 'failed'), sent(10, 'failed', { attempt: 1 })]),
      10,
      [30],
    ],
    [
      'taken the second time',
      alert('emergency', [sent(0, 'failed'), sent(10, 'ok', { attempt: 1 })]),
      11,
      [60],
    ],
    ['an urgent one waits a minute', alert('urgent', [sent(0, 'failed')]), 0, [60]],
    ['a routine one two', alert('routine', [sent(0, 'failed')]), 0, [120]],
    ['asked to wait', alert('emergency', [sent(0, 'failed', { retryAfterSeconds: 40 })]), 0, [40]],
    ['asked to wait too long', alert('routine', [sent(0, 'failed', { retryAfterSeconds: 3600 })]), 0, [300]],
    [
      'refused for good: the next channel',
      alert('emergency', [sent(0, 'failed', { isFinal: true })]),
      0,
      ['sms 0', null],
    ],
    [
      '#41 begun and never answered for: left alone for a while',
      alert('emergency', [fact({ fact: 'planned', device: null, outcome: null })]),
      14,
      [15],
    ],
    [
      '#41 then done again',
      alert('emergency', [fact({ fact: 'planned', device: null, outcome: null })]),
      15,
      ['push 1', 60],
    ],
    [
      'a silence is not waited out by a channel that keeps failing',
      alert('emergency', [sent(0, 'failed'), sent(50, 'failed', { attempt: 1 })]),
      60,
      ['sms 0', 70],
    ],
  ])('%s', (_why, held, at, expected) => expect(step(held, at)).toEqual(expected));

  it.each(['emergency', 'urgent', 'routine'] as const)('%s: ends when the tries are used up', (urgency) => {
    const tries = retryDelaysSeconds[urgency].map((_, attempt) => sent(0, 'failed', { attempt }));
    expect(step(alert(urgency, tries), 0)).not.toContain('sms 0');
    expect(step(alert(urgency, [...tries, sent(0, 'failed', { attempt: tries.length })]), 0)).toContain(
      'sms 0',
    );
  });
});

describe('what waits, and what does not climb', () => {
  it.each<[string, Alert, number, Partial<LadderInput>, (string | number | null)[]]>([
    ['urgent: five minutes', alert('urgent', [sent(0)]), 0, {}, [300]],
    ['urgent, silent', alert('urgent', [sent(0)]), 300, {}, ['push 1', 'sms 0', null]],
    ['routine: sent once, silence is no matter', alert('routine', [sent(0)]), 4000, {}, [null]],
    [
      'routine: another channel when one is dead',
      alert('routine', [sent(0, 'gone')]),
      0,
      only('push', 'email'),
      ['email 0', null],
    ],
    ['a note of an emergency is news: sent once', alert('emergency', [sent(0)], 'note'), 60, {}, [null]],
    [
      'a cancel presses, but nobody else can stand down for them',
      alert('emergency', [sent(0), sent(60, 'ok', { attempt: 1, round: 1 })], 'cancelled'),
      120,
      only('push'),
      [null],
    ],
    [
      'ALE-2 held back until quiet hours end',
      alert('routine'),
      0,
      { plan: { channels: ['push'], notBefore: after(3600) } },
      [3600],
    ],
    [
      'and then sent',
      alert('routine'),
      3600,
      { plan: { channels: ['push'], notBefore: after(3600) } },
      ['push 0', null],
    ],
    [
      'a test takes every channel at once',
      alert('urgent', [], 'test'),
      0,
      {},
      ['push 0', 'sms 0', 'email 0', null],
    ],
  ])('%s', (_why, held, at, over, expected) => expect(step(held, at, over)).toEqual(expected));
});
