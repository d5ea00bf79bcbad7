import { describe, expect, it } from 'vitest';
import { defaultTargets, urgencySchema, type Urgency } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { EscalationPolicy, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { syntheticStep } from '#shared/escalation/claim.ts';
import { isDueSoonStep } from '#shared/escalation/due-soon-steps.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { minutesBetween } from '#shared/lib/instant.ts';
import { eventId, people, storyStart } from '#tests/builders.ts';
import { consultNow, minute } from './consult-now.ts';

const assignee = { who: 'assignee' } as const;
const first = { who: 'on-call', tier: 'first' } as const;
const second = { who: 'on-call', tier: 'second' } as const;
const step = (afterMinutes: number, over: Partial<EscalationStep> = {}): EscalationStep => ({
  afterMinutes,
  unless: 'acknowledged',
  notify: [second],
  repeatMinutes: null,
  repeatTimes: null,
  ...over,
});
/** A policy that reminds nobody: only the duty administrator, late. */
const silent: EscalationPolicy = {
  steps: [step(9000, { unless: 'completed', notify: [{ who: 'duty-administrator' }], repeatMinutes: 60 })],
};
const withSteps = (...steps: EscalationStep[]): EscalationPolicy => ({ steps: [...steps, ...silent.steps] });

type Situation = Parameters<typeof consultNow>[0];

/** Scans whenever something falls due; the reminders alone: when, which, to whom. */
function reminders(situation: Situation, minutes = 3000): string[] {
  const consult = consultNow(situation);
  const fired = new Set<string>();
  const found: DueStep[] = [];
  for (let now = storyStart; now <= minute(minutes);) {
    for (const due of dueSteps({ consult, fired, now })) {
      expect(fired.has(due.claimId)).toBe(false);
      fired.add(due.claimId);
      if (isDueSoonStep(due.step)) found.push(due);
    }
    now = nextStepAt({ consult, fired, now }) ?? minute(minutes + 1);
  }
  return found.map(
    ({ dueAt, unless, notify }) =>
      `${String(minutesBetween(storyStart, dueAt))} ${unless}: ${notify
        .map((one) => ('tier' in one ? one.tier : one.who))
        .join('+')}`,
  );
}

describe('ALE-1 due soon at 75 % of a target', () => {
  it.each<[Urgency, string[]]>([
    ['emergency', ['7.5 acknowledged: first', '22.5 seen: first', '45 completed: first']],
    ['urgent', ['22.5 acknowledged: first', '90 seen: first', '180 completed: first']],
    ['routine', ['180 acknowledged: first', '540 seen: first', '1035 completed: first']],
  ])('%s: once for each clock, though the policy reminds nobody', (urgency, told) => {
    expect(reminders({ urgency, policy: silent })).toEqual(told);
  });

  it.each<[Urgency, string[]]>([
    ['emergency', ['7.5 acknowledged: first']],
    ['urgent', ['22.5 acknowledged: first']],
    ['routine', []],
  ])('%s: the default policy says it itself for the other clocks', (urgency, told) => {
    expect(reminders({ urgency })).toEqual(told);
  });

  it.each<[string, Situation, string]>([
    ['nobody has it: whoever is on call', {}, 'first'],
    ['a machine gave it to somebody: both', { over: { assignee: people.cardiologist.id } }, 'assignee+first'],
  ])('%s', (_title, situation, told) => {
    expect(reminders({ ...situation, policy: silent })[0]).toBe(`7.5 acknowledged: ${told}`);
  });

  it('whoever said that they come is reminded alone', () => {
    const situation: Situation = {
      policy: silent,
      stopped: { acknowledged: 2 },
      over: { assignee: people.cardiologist.id, acknowledgedBy: people.cardiologist.id },
    };
    expect(reminders(situation)).toEqual(['22.5 seen: assignee', '45 completed: assignee']);
  });

  it.each<[string, EscalationStep, boolean]>([
    ['a step of the policy half a minute later tells the same', step(8, { notify: [first] }), false],
    ['a step a minute and a half before does not', step(6, { notify: [first] }), true],
    ['a step to somebody else does not', step(8), true],
    ['a step of another clock does not', step(8, { notify: [first], unless: 'seen' }), true],
    [
      'a repeat of a step that comes just then does',
      step(2, { notify: [first], repeatMinutes: 3, repeatTimes: 2 }),
      false,
    ],
    [
      'a repeat that ended before does not',
      step(2, { notify: [first], repeatMinutes: 3, repeatTimes: 1 }),
      true,
    ],
  ])('%s', (_title, own, isReminded) => {
    const told = reminders({ policy: withSteps(own) }, 10);
    expect(told).toEqual(isReminded ? ['7.5 acknowledged: first'] : []);
  });

  it('whom a step just then does not name is reminded all the same', () => {
    const situation: Situation = {
      policy: withSteps(step(8, { notify: [first] })),
      over: { assignee: people.cardiologist.id },
    };
    expect(reminders(situation, 10)).toEqual(['7.5 acknowledged: assignee']);
  });

  it('a step that speaks of a breach replaces no reminder', () => {
    const consult = consultNow({ policy: withSteps(step(2, { notify: [first] })) });
    const short = {
      ...consult,
      clocks: {
        ...consult.clocks!,
        acknowledged: { ...consult.clocks!.acknowledged, dueAt: minute(2) },
      },
      snapshot: { ...consult.snapshot!, targets: { ...defaultTargets.emergency, acknowledged: 2 } },
    };
    const due = dueSteps({ consult: short, fired: new Set(), now: minute(1.5) });
    expect(due.map((one) => one.step)).toEqual([syntheticStep.dueSoonAcknowledged]);
  });

  it.each(urgencySchema.options)(
    '%s: what has run out is not due soon any more, after an outage',
    (urgency) => {
      const consult = consultNow({ urgency, policy: silent });
      const targets = defaultTargets[urgency];
      for (const late of [targets.acknowledged, targets.seen, targets.completed]) {
        const due = dueSteps({ consult, fired: new Set(), now: minute(late) });
        expect(due.filter(({ dueAt }) => dueAt < minute(late * 0.75 - 0.1))).toEqual([]);
      }
      expect(dueSteps({ consult, fired: new Set(), now: minute(targets.completed) })).toEqual([]);
    },
  );

  it('stands for what the policy said before it of the same clock, and is not unsaid when it has run out', () => {
    const consult = consultNow({ policy: withSteps(step(3, { notify: [first] })) });
    const due = dueSteps({ consult, fired: new Set(), now: minute(8) });
    expect(due.map((one) => one.step)).toEqual([syntheticStep.dueSoonAcknowledged]);
    const fired = new Set(due.map(({ claimId }) => claimId));
    expect(dueSteps({ consult, fired, now: minute(11) })).toEqual([]);
  });

  it('silences nothing that another clock says', () => {
    const consult = consultNow({ policy: withSteps(step(20, { notify: [first] })) });
    const due = dueSteps({ consult, fired: new Set(), now: minute(23) });
    expect(due.map((one) => one.step)).toEqual([0, syntheticStep.dueSoonSeen]);
  });

  it('waits while information is awaited, and moves with the pause', () => {
    const wait = { event: eventId('asked'), since: minute(10), dueAt: minute(20) };
    const paused = {
      pausedMinutes: 10,
      paused: true,
      over: { status: 'info-requested', infoWait: wait },
    } as const;
    expect(reminders({ policy: silent, ...paused, stopped: { acknowledged: 1 } }, 60)).toEqual([
      '32.5 seen: first',
      '55 completed: first',
    ]);
  });

  it('while a consult stands declined it means the requesting side', () => {
    const consult = consultNow({ policy: silent, over: { status: 'declined', declines: 1 } });
    expect(dueSteps({ consult, fired: new Set(), now: minute(46) })).toMatchObject([
      { step: syntheticStep.dueSoonCompleted, side: 'requesting', notify: [assignee, first] },
    ]);
  });

  it('a new snapshot reminds anew', () => {
    const before = consultNow({ policy: defaultPolicy('emergency') });
    const fired = new Set(
      dueSteps({ consult: before, fired: new Set(), now: minute(8) }).map(({ claimId }) => claimId),
    );
    const after = { ...before, snapshot: { ...before.snapshot!, event: eventId('snapshot 2') } };
    const due = dueSteps({ consult: after, fired, now: minute(8) });
    expect(due.map((one) => one.step)).toContain(syntheticStep.dueSoonAcknowledged);
  });
});
