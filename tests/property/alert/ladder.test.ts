import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { nextStep, ladderLastsMs } from '#shared/alert/ladder.ts';
import { alertIdOf, alertOf } from '#shared/alert/plan.ts';
import { addFact } from '#shared/alert/receipts.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { addMs, msBetween } from '#shared/lib/instant.ts';
import { consultId, departments, deviceId, eventId, people, storyStart } from '#tests/builders.ts';

const outcome = fc.constantFrom<'ok' | 'failed' | 'gone' | 'crash'>('ok', 'failed', 'gone', 'crash');
const night = fc.record({
  urgency: fc.constantFrom('emergency' as const, 'urgent' as const, 'routine' as const),
  channels: fc.uniqueArray(fc.constantFrom<OutsideChannel>('push', 'sms', 'email'), { maxLength: 3 }),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 30 }),
  isInApp: fc.boolean(),
});

/** Plays the ladder with a clock that jumps to each next look, until there is none. */
function play({ urgency, channels, outcomes, isInApp }: Night) {
  const recipient = people.cardiologist.id;
  const cause = eventId('cause');
  let alert: Alert = alertOf(
    {
      id: alertIdOf(consultId('one'), cause, recipient),
      consult: consultId('one'),
      cause,
      recipient,
      as: 'assignee',
      about: 'assigned',
      urgency,
      department: departments.cardiology.id,
    },
    storyStart,
  );
  let now = storyStart;
  let sends = 0;
  let called = 0;
  let looks = 0;
  for (; looks < 500; looks++) {
    const { acts, nextAt } = nextStep({
      alert,
      plan: { channels, notBefore: null },
      isInApp,
      hasSuccessor: called > 0,
      now,
    });
    for (const act of acts) {
      if (act.type === 'call-next') called++;
      const base = { device: null, outcome: null, at: now } as const;
      if (act.type === 'note-unreachable')
        alert = addFact(alert, { ...base, fact: 'sent', channel: 'push', attempt: 0, outcome: 'none' });
      if (act.type !== 'send') continue;
      const { channel, attempt, round } = act;
      alert = addFact(alert, { ...base, fact: 'planned', channel, attempt, round });
      const what = outcomes[sends++ % outcomes.length] ?? 'ok';
      const device = channel === 'push' ? deviceId('phone') : null;
      const fact: AlertFact = { ...base, fact: 'sent', channel, attempt, round, device, outcome: 'ok' };
      if (what !== 'crash') alert = addFact(alert, { ...fact, outcome: what });
    }
    if (acts.length > 0) continue;
    if (nextAt === null) break;
    expect(nextAt > now).toBe(true);
    now = nextAt;
  }
  return { alert, sends, called, looks, now };
}
interface Night {
  readonly urgency: Alert['urgency'];
  readonly channels: readonly OutsideChannel[];
  readonly outcomes: readonly ('ok' | 'failed' | 'gone' | 'crash')[];
  readonly isInApp: boolean;
}

describe('the ladder, whatever providers answer', () => {
  it('comes to an end, in time, and calls the next person once unless it is routine', () => {
    fc.assert(
      fc.property(night, (given) => {
        const { looks, called, now } = play(given);
        expect(looks).toBeLessThan(500);
        const lasts = ladderLastsMs[given.urgency];
        expect(msBetween(storyStart, now)).toBeLessThanOrEqual(lasts + 3_600_000);
        expect(called).toBe(given.urgency === 'routine' ? 0 : 1);
      }),
    );
  });

  it('says nothing more once a device showed it, whenever that was', () => {
    fc.assert(
      fc.property(night, fc.nat(7_200_000), (given, delayMs) => {
        const { alert, now } = play(given);
        const shown = addFact(alert, {
          fact: 'shown',
          channel: 'push',
          device: deviceId('phone'),
          attempt: 0,
          outcome: null,
          at: addMs(storyStart, delayMs),
        });
        const plan = { channels: given.channels, notBefore: null };
        for (const at of [storyStart, now])
          expect(nextStep({ alert: shown, plan, isInApp: false, hasSuccessor: false, now: at })).toEqual({
            acts: [],
            nextAt: null,
          });
      }),
    );
  });

  it('every channel of an urgent call is tried before its person is given up', () => {
    fc.assert(
      fc.property(night, (given) => {
        if (given.urgency === 'routine' || given.outcomes.includes('crash')) return;
        const { alert } = play(given);
        const tried = new Set(
          alert.facts.filter(({ fact }) => fact === 'planned').map(({ channel }) => channel),
        );
        for (const channel of given.channels) expect(tried).toContain(channel);
      }),
    );
  });
});
