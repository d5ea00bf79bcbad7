import { describe, expect, test } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { turnTestCause } from '#shared/alert/turn-test.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  platformOf,
  pointNames,
  readinessPoints,
  verdictOf,
  type PointName,
  type PointState,
  type ReadinessFacts,
} from '$lib/alerts/readiness.ts';
import { foundWords, hintsFor, mendWords, pointName, verdictWords } from '$lib/alerts/readiness-words.ts';
import { lastTestShownAt, myTurn, turnTestSince, wantsTest } from '$lib/alerts/shift-test.ts';
import { testStory } from '$lib/alerts/test-alert.ts';
import { watchState } from '$lib/alerts/watch-state.ts';
import { deviceId, hospital, people, storyStart } from '#tests/builders.ts';
import { atMinute, buildAlert } from './build-alert.ts';

const now = atMinute(60);
const good: ReadinessFacts = {
  permission: 'granted',
  reachability: 'reachable',
  isKnownToServer: true,
  storage: { persistent: true, freeBytes: 5e9 },
  hasNewerVersion: false,
  ways: { reaches: ['push', 'sms'], available: ['push', 'sms'] },
  turn: { test: { sentAt: atMinute(40), shownAt: atMinute(41) } },
  connection: { clockOffsetMs: 900, lastFullSyncAt: atMinute(59), trouble: null },
  now,
};
const connection = (changes: Partial<ReadinessFacts['connection']>) => ({
  connection: { ...good.connection, ...changes },
});

describe('OFF-9 is this device ready', () => {
  test('when all is well the verdict is ready', () => {
    expect(verdictOf(readinessPoints(good))).toBe('ready');
  });

  test.each<[string, Partial<ReadinessFacts>, PointName, PointState]>([
    ['notifications refused', { permission: 'denied' }, 'permission', 'mend'],
    ['never asked', { permission: 'not-asked' }, 'permission', 'mend'],
    ['an iPhone that was not installed', { permission: 'unsupported' }, 'permission', 'mend'],
    ['being asked', { permission: null }, 'permission', 'asking'],
    ['the server took the subscription', {}, 'subscription', 'good'],
    ['the server did not take it', { isKnownToServer: false }, 'subscription', 'mend'],
    ['no network to ask', { isKnownToServer: undefined }, 'subscription', 'unknown'],
    [
      'no network, and it had failed before',
      { isKnownToServer: undefined, reachability: 'failed' },
      'subscription',
      'mend',
    ],
    [
      'without permission there is none',
      { permission: 'denied', isKnownToServer: true },
      'subscription',
      'mend',
    ],
    ['being asked by what the person is reached', { ways: null }, 'ways', 'asking'],
    ['nobody to ask', { ways: undefined }, 'ways', 'unknown'],
    ['two ways', {}, 'ways', 'good'],
    ['one way of two', { ways: { reaches: ['email'], available: ['push', 'email'] } }, 'ways', 'look'],
    ['the only way there is', { ways: { reaches: ['push'], available: ['push'] } }, 'ways', 'good'],
    ['no way', { ways: { reaches: [], available: ['push'] } }, 'ways', 'mend'],
    ['the test of the turn was shown', {}, 'turn', 'good'],
    ['it is on its way', { turn: { test: { sentAt: atMinute(56), shownAt: null } } }, 'turn', 'unknown'],
    [
      'nothing showed it in five minutes',
      { turn: { test: { sentAt: atMinute(55), shownAt: null } } },
      'turn',
      'look',
    ],
    ['never fetched', connection({ lastFullSyncAt: null }), 'whole', 'mend'],
    ['fetched 9 min ago', connection({ lastFullSyncAt: atMinute(51) }), 'whole', 'good'],
    ['fetched 10 min ago', connection({ lastFullSyncAt: atMinute(50) }), 'whole', 'look'],
    ['fetched an hour ago', connection({ lastFullSyncAt: atMinute(0) }), 'whole', 'mend'],
    ['clock never compared', connection({ clockOffsetMs: null }), 'clock', 'unknown'],
    ['clock 59 s slow', connection({ clockOffsetMs: -59_000 }), 'clock', 'good'],
    ['clock 2 min fast', connection({ clockOffsetMs: -120_000 }), 'clock', 'look'],
    ['clock a day off', connection({ clockOffsetMs: 86_400_000 }), 'clock', 'mend'],
    ['a newer app waits', { hasNewerVersion: true }, 'version', 'look'],
    ['the server no longer takes this one', connection({ trouble: 'update-needed' }), 'version', 'mend'],
    ['nobody to ask for a newer one', { hasNewerVersion: undefined }, 'version', 'unknown'],
    ['the browser may clear it', { storage: { persistent: false, freeBytes: 5e9 } }, 'kept', 'look'],
    ['the browser does not tell', { storage: undefined }, 'kept', 'unknown'],
    ['room for a week', { storage: { persistent: true, freeBytes: 300e6 } }, 'space', 'good'],
    ['room getting short', { storage: { persistent: true, freeBytes: 100e6 } }, 'space', 'look'],
    ['no room', { storage: { persistent: true, freeBytes: 10e6 } }, 'space', 'mend'],
    ['writing fails', connection({ trouble: 'storage-failing' }), 'space', 'mend'],
  ])('%s', (_name, changes, name, state) => {
    expect(readinessPoints({ ...good, ...changes }).find((point) => point.name === name)?.state).toBe(state);
  });

  const of = (...states: PointState[]) => verdictOf(states.map((state) => ({ name: 'space', state })));
  test('one verdict: what must be mended outweighs what is still asked, and nothing unknown is called ready', () => {
    expect(of('good', 'asking', 'mend')).toBe('not-ready');
    expect(of('good', 'asking', 'look')).toBe('asking');
    expect(of('good', 'look')).toBe('nearly');
    expect(of('good', 'unknown')).toBe('nearly');
    expect(of('good', 'good')).toBe('ready');
  });

  test('every point says what was found, and how to mend it on every kind of device', () => {
    const bad: ReadinessFacts = {
      ...good,
      permission: 'denied',
      isKnownToServer: false,
      storage: { persistent: false, freeBytes: 1e6 },
      hasNewerVersion: true,
      ways: { reaches: [], available: ['push', 'sms'] },
      turn: { test: { sentAt: atMinute(1), shownAt: null } },
      ...connection({ clockOffsetMs: 9e6, lastFullSyncAt: null }),
    };
    for (const point of readinessPoints(bad)) {
      expect(pointName(point.name)).not.toBe('');
      expect(foundWords(point, bad, () => '13:00')).not.toBe('');
      for (const platform of ['android', 'apple', 'desktop'] as const)
        expect(mendWords(point, bad, platform, false).length).toBeGreaterThan(20);
    }
    for (const point of readinessPoints(good)) expect(mendWords(point, good, 'android', false)).toBe('');
    expect(readinessPoints(good).map(({ name }) => name)).toEqual([...pointNames]);
  });

  test('ALE-9 of the test of a turn nothing is said to whoever is not on call, nor by a server that sends none', () => {
    const { turn: _turn, ...offDuty } = good;
    for (const facts of [offDuty, { ...good, turn: { test: null } }])
      expect(readinessPoints(facts).map(({ name }) => name)).not.toContain('turn');
  });

  test('ALE-9 one way only is named', () => {
    const facts: ReadinessFacts = { ...good, ways: { reaches: ['email'], available: ['push', 'email'] } };
    expect(foundWords({ name: 'ways', state: 'look' }, facts, () => '')).toBe('One way only: e-mail.');
  });

  test('an iPhone outside the Home Screen is told to install', () => {
    const facts = { ...good, permission: 'unsupported' as const };
    const point = { name: 'permission', state: 'mend' } as const;
    expect(mendWords(point, facts, 'apple', true)).toContain('Home Screen');
    expect(mendWords(point, facts, 'desktop', false)).not.toContain('Home Screen');
  });

  test.each(['asking', 'ready', 'nearly', 'not-ready'] as const)('the verdict %s has words', (verdict) => {
    expect(verdictWords(verdict).title).not.toBe('');
  });

  test.each([
    ['Mozilla/5.0 (Linux; Android 14; SM-X200) Chrome/140', {}, 'android'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari', {}, 'apple'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari, an iPad', { standalone: false }, 'apple'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140', {}, 'desktop'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140', {}, 'desktop'],
  ] as const)('%s', (userAgent, more, platform) => {
    expect(platformOf({ userAgent, ...more })).toBe(platform);
    expect(hintsFor(platform).length).toBeGreaterThan(2);
  });
});

describe('ALE-9 a test alert', () => {
  const here = deviceId('here');
  const told = (facts: readonly string[], minute = 0.1) =>
    testStory(buildAlert(facts, { about: 'test', consult: null }), atMinute(0), here, atMinute(minute));
  const said = (facts: readonly string[], minute?: number): string[] =>
    told(facts, minute).steps.map((step) =>
      [
        step.what,
        'channel' in step ? step.channel : '',
        'where' in step ? step.where : '',
        'why' in step ? step.why : '',
      ]
        .filter(Boolean)
        .join(' '),
    );

  test.each<[string, readonly string[], string[], string]>([
    ['not come back yet', [], ['asked'], 'on-its-way'],
    ['sent', ['sent push 0 ok phone'], ['asked', 'sent push'], 'on-its-way'],
    [
      'shown here',
      ['sent push 0 ok here', 'shown push 0.05 - here'],
      ['asked', 'sent push', 'shown here'],
      'shown-here',
    ],
    [
      'shown on another device alone',
      ['sent push 0 ok phone', 'shown push 0.05 - phone'],
      ['asked', 'sent push', 'shown elsewhere'],
      'on-its-way',
    ],
    ['no device', ['sent push 0 none'], ['asked', 'not-sent push none'], 'late'],
    [
      'every channel',
      ['sent push 0 ok here', 'sent sms 0.02 ok', 'sent email 0.03 failed'],
      ['asked', 'sent push', 'sent sms', 'not-sent email failed'],
      'on-its-way',
    ],
    [
      'two devices at once are told once',
      ['sent push 0 ok here', 'sent push 0 ok phone'],
      ['asked', 'sent push'],
      'on-its-way',
    ],
    [
      'lying in the list of the open app proves nothing',
      ['shown in-app 0.05 - here'],
      ['asked'],
      'on-its-way',
    ],
  ])('%s', (_name, facts, steps, outcome) => {
    expect(said(facts)).toEqual(steps);
    expect(told(facts).outcome).toBe(outcome);
  });

  test('silence is said after a while, and a late showing still counts', () => {
    expect(told(['sent push 0 ok here'], 0.3).outcome).toBe('on-its-way');
    expect(told(['sent push 0 ok here'], 0.4).outcome).toBe('late');
    expect(told(['sent push 0 ok here', 'shown push 2 - here'], 3).outcome).toBe('shown-here');
  });

  describe('at shift start', () => {
    const shift = {
      id: 'tonight',
      tier: 'first',
      person: people.cardiologist.id,
      startsAt: atMinute(0),
      endsAt: atMinute(720),
      override: null,
    } as const;
    test.each([
      ['never tested here', null, null, true],
      ['tested in the shift before', atMinute(-1), null, true],
      ['tested in this shift', atMinute(1), null, false],
      ['put away for this shift', null, 'tonight', false],
      ['put away for another shift', null, 'last night', true],
    ] as const)('%s', (_name, shownAt, putAway, wanted) => {
      expect(wantsTest({ shift, since: shift.startsAt }, shownAt, putAway, now)).toBe(wanted);
    });
    test('nobody who is not on call is asked', () => expect(wantsTest(null, null, null, now)).toBe(false));
    test('the test that the server sends by itself is given five minutes first', () => {
      const turn = { shift, since: shift.startsAt };
      expect(wantsTest(turn, null, null, atMinute(4))).toBe(false);
      expect(wantsTest(turn, null, null, atMinute(5))).toBe(true);
    });
    test('a turn that goes on through another shift asks for nothing more', () => {
      const turn = { shift: { ...shift, startsAt: atMinute(30) }, since: atMinute(0) };
      expect(wantsTest(turn, atMinute(1), null, now)).toBe(false);
    });
    test('the test of this turn is found among the alerts, and that of another is not', () => {
      const me = people.cardiologist.id;
      const sent = (since: number): Alert => ({
        ...buildAlert(['shown push 3 - here'], { about: 'test', as: 'on call', consult: null }),
        cause: turnTestCause(me, atMinute(since)),
      });
      expect(turnTestSince([sent(0)], me, atMinute(0))).toEqual({
        sentAt: atMinute(0),
        shownAt: atMinute(3),
      });
      expect(turnTestSince([sent(0)], me, atMinute(-720))).toBeNull();
      expect(turnTestSince([sent(0)], me, null)).toBeNull();
    });

    test('the shift is the one this person holds now', () => {
      const week = (person: typeof shift.person) =>
        hospital({
          rotaWeeks: [
            {
              kind: 'rota-week',
              id: 'rota:x:2026-W10',
              department: people.cardiologist.memberships[0]?.department as never,
              week: '2026-W10',
              shifts: [{ ...shift, person }],
            },
          ],
        });
      expect(myTurn(week(people.cardiologist.id), people.cardiologist.id, atMinute(5))?.shift.id).toBe(
        'tonight',
      );
      expect(myTurn(week(people.cardiologist.id), people.cardiologist.id, atMinute(720))).toBeNull();
      expect(myTurn(week(people.cardiologist2.id), people.cardiologist.id, atMinute(5))).toBeNull();
    });

    test('only a test that this device showed counts', () => {
      const test = (facts: string[], to = people.cardiologist.id): Alert =>
        buildAlert(facts, { about: 'test', consult: null, to });
      const last = (...alerts: Alert[]) => lastTestShownAt(alerts, people.cardiologist.id, here);
      expect(last(test(['shown push 3 - here']))).toBe(atMinute(3));
      expect(last(test(['shown push 3 - phone']))).toBeNull();
      expect(last(test(['shown in-app 3 - here']))).toBeNull();
      expect(last(test(['shown push 3 - here'], people.head.id))).toBeNull();
    });
  });
});

describe('ALE-7 the watcher is watched', () => {
  const known = { confirmedAt: atMinute(0), watcherLateSeconds: 0, signInNeeded: false };
  const awake = addMinutes(storyStart, -60);

  test.each<[string, Partial<typeof known>, number, ReturnType<typeof watchState>]>([
    ['all is well', {}, 1, { kind: 'watched' }],
    ['the engine is late', { watcherLateSeconds: 61 }, 1, { kind: 'escalation-stopped', minutes: 2 }],
    [
      'late by seconds is a minute, never none',
      { watcherLateSeconds: 1 },
      0,
      { kind: 'escalation-stopped', minutes: 1 },
    ],
    ['two minutes without a word', {}, 2, { kind: 'watched' }],
    ['more than two', {}, 2.1, { kind: 'server-silent', minutes: 2 }],
    [
      'what a silent server said last counts no more',
      { watcherLateSeconds: 300 },
      5,
      { kind: 'server-silent', minutes: 5 },
    ],
    ['signed out has its own bar', { signInNeeded: true }, 9, { kind: 'watched' }],
  ])('%s', (_name, changes, minute, expected) => {
    expect(watchState({ ...known, ...changes }, awake, atMinute(minute))).toEqual(expected);
  });

  test('a tablet that was just taken up has slept, not the server', () => {
    expect(watchState(known, atMinute(30), atMinute(30.1))).toEqual({ kind: 'watched' });
    expect(watchState(known, atMinute(30), atMinute(30.2))).toEqual({ kind: 'server-silent', minutes: 30 });
  });
  test('a tablet that never heard of the server says so elsewhere', () => {
    expect(watchState({ ...known, confirmedAt: null }, awake, atMinute(9))).toEqual({ kind: 'watched' });
  });
});
