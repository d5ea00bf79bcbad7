import { describe, expect, it } from 'vitest';
import type { EscalationStep } from '#shared/directory/escalation-policy.ts';
import { policyProblems, type PolicyProblem } from '#shared/directory/policy-problems.ts';

const step = (
  afterMinutes: number,
  who: 'assignee' | 'head' | 'duty-administrator',
  over: Partial<EscalationStep> = {},
): EscalationStep => ({
  afterMinutes,
  unless: 'acknowledged',
  notify: [{ who }],
  repeatMinutes: null,
  repeatTimes: null,
  ...over,
});
const forever = (afterMinutes: number, unless: EscalationStep['unless'] = 'completed') =>
  step(afterMinutes, 'duty-administrator', { unless, repeatMinutes: 10 });

describe('policy problems', () => {
  it.each<[string, EscalationStep[], PolicyProblem[]]>([
    ['a sound one has none', [step(5, 'assignee'), step(10, 'head'), forever(60)], []],
    [
      'steps that do not rise',
      [step(10, 'head'), step(5, 'head'), forever(60)],
      [{ type: 'out-of-order', step: 1 }],
    ],
    [
      'steps that climb down',
      [step(5, 'head'), step(10, 'assignee'), forever(60)],
      [{ type: 'climbs-down', step: 1 }],
    ],
    [
      'a last resort that gives up',
      [step(5, 'head'), { ...forever(60), repeatTimes: 3 }],
      [
        { type: 'dead-end', unless: 'acknowledged' },
        { type: 'dead-end', unless: 'seen' },
        { type: 'dead-end', unless: 'completed' },
      ],
    ],
    [
      'a last resort that ends with the visit',
      [forever(60, 'seen')],
      [{ type: 'dead-end', unless: 'completed' }],
    ],
    [
      'a step that would call every minute for ever',
      [step(5, 'head'), { ...forever(60), repeatMinutes: 1 }],
      [{ type: 'loops', step: 1 }],
    ],
    [
      'a step that would call a thousand times in a day',
      [step(5, 'head', { repeatMinutes: 1, repeatTimes: 1000 }), forever(60)],
      [{ type: 'loops', step: 0 }],
    ],
    [
      'every five minutes is the most that is allowed',
      [step(5, 'head', { repeatMinutes: 5 }), { ...forever(60), repeatMinutes: 5 }],
      [],
    ],
    ['conditions climb apart', [step(5, 'head'), step(10, 'assignee', { unless: 'seen' }), forever(60)], []],
  ])('DEP-7 %s', (_title, steps, problems) => {
    expect(policyProblems({ steps })).toEqual(problems);
  });
});
