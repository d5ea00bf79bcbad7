import type { Directory } from '#shared/directory/directory.ts';
import type {
  EscalationPolicy,
  EscalationRecipient,
  EscalationStep,
} from '#shared/directory/escalation-policy.ts';
import { headOf, parentHeadOf, receiverOf } from '#shared/directory/leaders.ts';
import { gaps } from '#shared/directory/on-call.ts';
import { policyProblems, type PolicyProblem } from '#shared/directory/policy-problems.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** What is wrong with whom a policy calls, in this hospital, with the rota as it stands. `step` counts from 0. */
export type PolicyPeopleProblem =
  | { readonly type: 'unknown-person'; readonly step: number; readonly person: PersonId }
  | { readonly type: 'inactive-person'; readonly step: number; readonly person: PersonId }
  /** None of the step's roles is held by anybody at any time of the stretch: only those who come in for nobody would be called. */
  | { readonly type: 'calls-nobody'; readonly step: number }
  /** Nobody is set up as duty administrator, where every policy must end. */
  | { readonly type: 'no-duty-administrator' }
  | { readonly type: 'duty-gap'; readonly from: Instant; readonly until: Instant };

export interface PolicyPlace {
  readonly policy: EscalationPolicy;
  readonly department: DepartmentId;
  readonly directory: Directory;
  /** The rota is looked at in [from, until). */
  readonly from: Instant;
  readonly until: Instant;
}

type Place = Omit<PolicyPlace, 'policy'>;

function hasTier({ directory, from, until }: Place, department: DepartmentId, tier: Tier): boolean {
  const [first, ...others] = gaps(directory, department, tier, from, until);
  return others.length > 0 || first?.from !== from || first.until !== until;
}

/** At some moment of the stretch somebody active is meant by it. */
function meansSomebody(recipient: EscalationRecipient, place: Place): boolean {
  const { directory, department } = place;
  const duty = directory.organisation?.dutyAdministration ?? null;
  switch (recipient.who) {
    case 'assignee':
      return true;
    case 'on-call':
      return hasTier(place, department, recipient.tier);
    case 'receiver':
      return receiverOf(directory, department) !== null;
    case 'head':
      return headOf(directory, department) !== null;
    case 'parent-head':
      return parentHeadOf(directory, department) !== null;
    case 'duty-administrator':
      return duty !== null && hasTier(place, duty, 'first');
    case 'named':
      return directory.people.get(recipient.person)?.active === true;
    default:
      return exhaustive(recipient);
  }
}

/** None of a step's roles is held by anybody at any time of the stretch, and none of the people it names is there. */
export const callsNobody = ({ notify }: EscalationStep, place: Place): boolean =>
  !notify.some((recipient) => meansSomebody(recipient, place));

/**
 * All that is wrong with a policy where it shall be used, [] when it may be: what `policyProblems` says of the steps themselves, then of
 * the people they name, step by step, then gaps in the duty administrator's rota, earliest first.
 */
export function policyProblemsIn(place: PolicyPlace): (PolicyProblem | PolicyPeopleProblem)[] {
  const { policy, directory, from, until } = place;
  const problems: (PolicyProblem | PolicyPeopleProblem)[] = policyProblems(policy);
  policy.steps.forEach((step, index) => {
    for (const recipient of step.notify) {
      if (recipient.who !== 'named') continue;
      const person = directory.people.get(recipient.person);
      if (person?.active === true) continue;
      const type = person === undefined ? 'unknown-person' : 'inactive-person';
      problems.push({ type, step: index, person: recipient.person });
    }
    if (callsNobody(step, place)) problems.push({ type: 'calls-nobody', step: index });
  });
  const duty = directory.organisation?.dutyAdministration ?? null;
  if (duty === null) problems.push({ type: 'no-duty-administrator' });
  else
    for (const gap of gaps(directory, duty, 'first', from, until))
      problems.push({ type: 'duty-gap', from: gap.from, until: gap.until });
  return problems;
}
