import type { DepartmentFields } from '#shared/administration/departments.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { gaps, tiers } from '#shared/directory/on-call.ts';
import { policyProblems } from '#shared/directory/policy-problems.ts';
import { policyProblemsIn, type PolicyPeopleProblem } from '#shared/escalation/policy-people.ts';
import { playPolicy, type PlayedCall } from '#shared/escalation/preview.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';

const dayMinutes = 24 * 60;

/** Nobody has a tier that the policy calls. */
export interface TierGap {
  readonly tier: Tier;
  readonly from: Instant;
  readonly until: Instant;
}
export interface Play {
  /** Steps out of order, or that call without end, are not played: what would be shown is not what is stored. */
  readonly isPlayable: boolean;
  /** Earliest first, for a day. */
  readonly calls: readonly PlayedCall[];
  readonly gaps: readonly TierGap[];
  readonly problems: readonly PolicyPeopleProblem[];
}

export interface PlayParts {
  readonly directory: Directory;
  readonly department: DepartmentId;
  /** As written in the form, saved or not. */
  readonly fields: DepartmentFields;
  readonly urgency: Urgency;
  /** When the request would arrive. */
  readonly from: Instant;
}

const peopleProblems: readonly string[] = [
  'unknown-person',
  'inactive-person',
  'calls-nobody',
  'no-duty-administrator',
  'duty-gap',
] satisfies PolicyPeopleProblem['type'][];
const isPeopleProblem = (problem: { readonly type: string }): problem is PolicyPeopleProblem =>
  peopleProblems.includes(problem.type);

/** The form's policy against the rota: who would be woken when if nobody did anything, and where the rota has nobody. */
export function playForm({ directory, department, fields, urgency, from }: PlayParts): Play {
  const written: Directory = {
    ...directory,
    departments: new Map(directory.departments).set(department, {
      kind: 'department',
      id: department,
      active: true,
      ...fields,
    }),
  };
  const policy = fields.policies[urgency];
  const until = addMinutes(from, dayMinutes);
  const used = new Set(
    policy.steps.flatMap(({ notify }) =>
      notify.flatMap((each) => (each.who === 'on-call' ? [each.tier] : [])),
    ),
  );
  const isPlayable = !policyProblems(policy).some(({ type }) => type === 'loops' || type === 'out-of-order');
  return {
    isPlayable,
    calls: isPlayable
      ? playPolicy({ department, urgency, directory: written, from, minutes: dayMinutes })
      : [],
    gaps: tiers
      .filter((tier) => used.has(tier))
      .flatMap((tier) => gaps(written, department, tier, from, until).map((gap) => ({ tier, ...gap }))),
    problems: policyProblemsIn({ policy, department, directory: written, from, until }).filter(
      isPeopleProblem,
    ),
  };
}
