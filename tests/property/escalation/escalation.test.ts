import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { clockNameSchema, urgencySchema, type ClockName } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import {
  escalationPolicySchema,
  type EscalationPolicy,
  type EscalationRecipient,
  type EscalationStep,
} from '#shared/directory/escalation-policy.ts';
import { isLastResort, policyProblems } from '#shared/directory/policy-problems.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { minutesBetween } from '#shared/lib/instant.ts';
import { storyStart } from '#tests/builders.ts';
import { consultNow, minute } from '#tests/unit/escalation/consult-now.ts';

const recipient: fc.Arbitrary<EscalationRecipient> = fc.constantFrom<EscalationRecipient>(
  { who: 'assignee' },
  { who: 'on-call', tier: 'first' },
  { who: 'on-call', tier: 'second' },
  { who: 'receiver' },
  { who: 'head' },
  { who: 'parent-head' },
  { who: 'duty-administrator' },
);
const anyStep: fc.Arbitrary<EscalationStep> = fc
  .record({
    afterMinutes: fc.integer({ min: 0, max: 120 }),
    unless: fc.constantFrom(...clockNameSchema.options),
    notify: fc.array(recipient, { minLength: 1, maxLength: 3 }),
    repeatMinutes: fc.option(fc.integer({ min: 1, max: 40 })),
    repeatTimes: fc.option(fc.integer({ min: 1, max: 4 })),
  })
  .map((step) => ({ ...step, repeatTimes: step.repeatMinutes === null ? null : step.repeatTimes }));
const anyPolicy: fc.Arbitrary<EscalationPolicy> = fc
  .array(anyStep, { minLength: 1, maxLength: 6 })
  .map((steps) => ({ steps: [...steps].sort((a, b) => a.afterMinutes - b.afterMinutes) }));

const anyStops = fc.record(
  {
    acknowledged: fc.integer({ min: 0, max: 300 }),
    seen: fc.integer({ min: 0, max: 300 }),
    completed: fc.integer({ min: 0, max: 300 }),
  },
  { requiredKeys: [] },
);
const told = (who: EscalationRecipient): string => ('tier' in who ? `${who.who} ${who.tier}` : who.who);

/** The consult as it is at a minute, given when each clock will be stopped. */
const at = (policy: EscalationPolicy, stops: Partial<Record<ClockName, number>>, now: number): Consult => {
  const reached = Object.fromEntries(Object.entries(stops).filter(([, stoppedAt]) => stoppedAt <= now));
  return consultNow({
    policy,
    stopped: reached,
    over: reached['completed'] === undefined ? {} : { status: 'completed' },
  });
};

/** Scans at the given minutes, firing all that is due. */
function play(policy: EscalationPolicy, stops: Partial<Record<ClockName, number>>, scans: readonly number[]) {
  const fired = new Set<string>();
  const history: { now: number; due: DueStep }[] = [];
  for (const now of scans) {
    const consult = at(policy, stops, now);
    for (const due of dueSteps({ consult, fired, now: minute(now) })) {
      expect(fired.has(due.claimId)).toBe(false);
      fired.add(due.claimId);
      history.push({ now, due });
    }
    expect(dueSteps({ consult, fired, now: minute(now) })).toEqual([]);
  }
  return { fired, history };
}

const anyScans = fc
  .array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 })
  .map((waits) => waits.reduce<number[]>((minutes, wait) => [...minutes, (minutes.at(-1) ?? 0) + wait], []));

describe('escalation', () => {
  it('no claim fires twice, and firing what is due leaves nothing due', () => {
    fc.assert(
      fc.property(anyPolicy, anyStops, anyScans, (policy, stops, scans) => {
        play(policy, stops, scans);
      }),
    );
  });

  it('no step fires once its condition is met, however late the scan', () => {
    fc.assert(
      fc.property(anyPolicy, anyStops, anyScans, (policy, stops, scans) => {
        for (const { now, due } of play(policy, stops, scans).history) {
          const stoppedAt = stops[due.unless as ClockName];
          expect(stoppedAt === undefined || stoppedAt > now).toBe(true);
        }
      }),
    );
  });

  it('everyone a step names is told from when it was due, at the first scan, while its condition holds', () => {
    fc.assert(
      fc.property(anyPolicy, anyStops, anyScans, (policy, stops, scans) => {
        const { history } = play(policy, stops, scans);
        for (const step of policy.steps) {
          const scan = scans.find((now) => now >= step.afterMinutes);
          const metAt = stops[step.unless] ?? Infinity;
          if (scan === undefined || metAt <= scan || (stops.completed ?? Infinity) <= scan) continue;
          for (const who of step.notify) {
            const hit = history.some(
              ({ now, due }) =>
                now === scan &&
                due.dueAt >= minute(step.afterMinutes) &&
                due.notify.some((one) => told(one) === told(who)),
            );
            expect(hit, `${told(who)} at ${scan}`).toBe(true);
          }
        }
      }),
    );
  });

  it('one scan tells nobody about one step twice: no burst after an outage', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 0, max: 20_000 }), (policy, now) => {
        const due = dueSteps({ consult: consultNow({ policy }), fired: new Set(), now: minute(now) });
        expect(new Set(due.map((one) => one.step)).size).toBe(due.length);
      }),
    );
  });

  it('what is due comes earliest first', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 0, max: 2000 }), (policy, now) => {
        const dues = dueSteps({ consult: consultNow({ policy }), fired: new Set(), now: minute(now) }).map(
          (due) => due.dueAt,
        );
        expect(dues).toEqual([...dues].sort());
      }),
    );
  });

  it('ALE-7 an open consult always has a next step, and it is the first moment at which something fires', () => {
    fc.assert(
      fc.property(anyPolicy, anyStops, anyScans, (policy, stops, scans) => {
        const { fired } = play(policy, stops, scans);
        const now = scans.at(-1) ?? 0;
        const consult = at(policy, stops, now);
        const next = nextStepAt({ consult, fired, now: minute(now) });
        if (consult.status === 'completed') {
          expect(next).toBeNull();
          return;
        }
        expect(next).not.toBeNull();
        expect(next! > minute(now)).toBe(true);
        expect(dueSteps({ consult, fired, now: next! }).length).toBeGreaterThan(0);
        const justBefore = new Date(Date.parse(next!) - 1).toISOString() as typeof next & string;
        expect(dueSteps({ consult, fired, now: justBefore })).toEqual([]);
      }),
    );
  });

  it('a consult nobody ever touches keeps calling the duty administrator, at most eight hours apart or its own target, and few times a day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...urgencySchema.options),
        fc.record({
          acknowledged: fc.integer({ min: 5, max: 300 }),
          seen: fc.integer({ min: 10, max: 800 }),
          completed: fc.integer({ min: 30, max: 1500 }),
        }),
        (urgency, targets) => {
          const policy = defaultPolicy(urgency, targets);
          const consult = consultNow({ urgency, policy });
          const fired = new Set<string>();
          const calls: number[] = [];
          const days = 4;
          for (let now = storyStart; ;) {
            const next = nextStepAt({ consult, fired, now });
            if (next === null || minutesBetween(storyStart, next) > days * 1440) break;
            now = next;
            for (const due of dueSteps({ consult, fired, now })) {
              fired.add(due.claimId);
              if (due.notify.some(({ who }) => who === 'duty-administrator'))
                calls.push(minutesBetween(storyStart, now));
            }
          }
          const longest = Math.max(480, targets.completed);
          const gaps = calls.map((call, at) => (calls[at + 1] ?? days * 1440) - call);
          expect(Math.max(...gaps)).toBeLessThanOrEqual(longest);
          expect(calls.filter((minute) => minute >= 1440).length).toBeLessThanOrEqual((days - 1) * 12);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('every default policy is free of problems and ends at the duty administrator for each clock', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...urgencySchema.options),
        fc.record({
          acknowledged: fc.integer({ min: 1, max: 43_200 }),
          seen: fc.integer({ min: 1, max: 43_200 }),
          completed: fc.integer({ min: 1, max: 129_600 }),
        }),
        (urgency, targets) => {
          const policy = defaultPolicy(urgency, targets);
          expect(policyProblems(policy)).toEqual([]);
          expect(escalationPolicySchema.safeParse(policy).success).toBe(true);
          expect(policy.steps.some((step) => step.unless === 'completed' && isLastResort(step))).toBe(true);
          for (const clock of clockNameSchema.options) {
            const ladder = policy.steps.filter((step) => step.unless === clock);
            expect(ladder.at(-1)?.notify).toEqual([{ who: 'duty-administrator' }]);
          }
        },
      ),
    );
  });
});
