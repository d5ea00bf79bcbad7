import { describe, expect, it } from 'vitest';
import type { Directory } from '#shared/directory/directory.ts';
import type { EscalationRecipient, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { policyProblemsIn, type PolicyPeopleProblem } from '#shared/escalation/policy-people.ts';
import { departments, hospital, organisation, people, personId } from '#tests/builders.ts';
import { minute } from './consult-now.ts';

const step = (
  afterMinutes: number,
  notify: EscalationRecipient[],
  over: Partial<EscalationStep> = {},
): EscalationStep => ({
  afterMinutes,
  unless: 'completed',
  notify,
  repeatMinutes: null,
  repeatTimes: null,
  ...over,
});
const end = step(60, [{ who: 'duty-administrator' }], { repeatMinutes: 60 });
const [from, until] = [minute(0), minute(1440)];

const duty = (shifts: readonly (readonly [number, number])[], over: Partial<Directory> = {}): Directory =>
  hospital({
    organisation: organisation({ dutyAdministration: departments.radiology.id }),
    rotaWeeks: [
      {
        kind: 'rota-week',
        id: `rota:${departments.radiology.id}:2026-W10`,
        department: departments.radiology.id,
        week: '2026-W10',
        shifts: shifts.map(([starts, ends]) => ({
          id: String(starts),
          tier: 'first',
          person: people.manager.id,
          startsAt: minute(starts),
          endsAt: minute(ends),
          override: null,
        })),
      },
    ],
    ...over,
  });
const whole = duty([[-10, 3000]]);
const withoutCardiologist = duty([[-10, 3000]], {
  people: new Map(
    Object.values(people).map((one) => [
      one.id,
      one === people.cardiologist ? { ...one, active: false } : one,
    ]),
  ),
});
const stranger = personId('stranger');

describe('DEP-7 whom a policy calls, in this hospital', () => {
  it.each<[string, Directory, EscalationStep[], PolicyPeopleProblem[]]>([
    ['people who are there are no problem', whole, [step(5, [{ who: 'head' }]), end], []],
    [
      'a person nobody knows',
      whole,
      [step(5, [{ who: 'head' }, { who: 'named', person: stranger }]), end],
      [{ type: 'unknown-person', step: 0, person: stranger }],
    ],
    [
      'a person who has left, alone in the step',
      withoutCardiologist,
      [step(5, [{ who: 'named', person: people.cardiologist.id }]), end],
      [
        { type: 'inactive-person', step: 0, person: people.cardiologist.id },
        { type: 'calls-nobody', step: 0 },
      ],
    ],
    [
      'a tier no rota has',
      whole,
      [step(5, [{ who: 'on-call', tier: 'second' }]), end],
      [{ type: 'calls-nobody', step: 0 }],
    ],
    ['whoever has it is somebody', whole, [step(5, [{ who: 'assignee' }]), end], []],
    [
      'a gap in the duty administrator’s rota, with its hours',
      duty([
        [-10, 100],
        [160, 3000],
      ]),
      [end],
      [{ type: 'duty-gap', from: minute(100), until: minute(160) }],
    ],
    [
      'no duty administrator at all',
      hospital({ organisation: organisation({ dutyAdministration: null }) }),
      [end],
      [{ type: 'calls-nobody', step: 0 }, { type: 'no-duty-administrator' }],
    ],
  ])('%s', (_title, directory, steps, problems) => {
    expect(
      policyProblemsIn({ policy: { steps }, department: departments.cardiology.id, directory, from, until }),
    ).toEqual(problems);
  });
});
