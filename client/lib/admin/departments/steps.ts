import type { Targets, Urgency } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type {
  EscalationPolicy,
  EscalationRecipient,
  EscalationStep,
} from '#shared/directory/escalation-policy.ts';
import { canonicalJson } from '#shared/event/canonical.ts';

/** The list with one moved by `by` places; as it was where there is no such place. */
export function moved<T>(list: readonly T[], at: number, by: 1 | -1): T[] {
  const to = at + by;
  const from = list[at];
  const other = list[to];
  if (from === undefined || other === undefined) return [...list];
  return list.map((each, place) => (place === at ? other : place === to ? from : each));
}

/** Earliest first; steps of one moment stay as they stand. */
export const inOrderOfTime = (steps: readonly EscalationStep[]): EscalationStep[] =>
  [...steps].sort((a, b) => a.afterMinutes - b.afterMinutes);

/** A further step to begin with: a little after the last one, for the same condition, to the head. */
export function stepAfter(steps: readonly EscalationStep[]): EscalationStep {
  const last = steps.at(-1);
  return {
    afterMinutes: Math.min(20_160, (last?.afterMinutes ?? 0) + 10),
    unless: last?.unless ?? 'acknowledged',
    notify: [{ who: 'head' }],
    repeatMinutes: null,
    repeatTimes: null,
  };
}

export const isSameRecipient = (a: EscalationRecipient, b: EscalationRecipient): boolean =>
  canonicalJson(a) === canonicalJson(b);

/** The roles a step can call, from the one nearest to the patient upwards. */
export const roleRecipients: readonly Exclude<EscalationRecipient, { who: 'named' }>[] = [
  { who: 'assignee' },
  { who: 'on-call', tier: 'first' },
  { who: 'on-call', tier: 'second' },
  { who: 'on-call', tier: 'consultant' },
  { who: 'receiver' },
  { who: 'head' },
  { who: 'parent-head' },
  { who: 'duty-administrator' },
];

/** Roles in their order, named people after them. */
export function withRecipient(
  notify: readonly EscalationRecipient[],
  recipient: EscalationRecipient,
  isWanted: boolean,
): EscalationRecipient[] {
  const others = notify.filter((each) => !isSameRecipient(each, recipient));
  const wanted = isWanted ? [...others, recipient] : others;
  const roles = roleRecipients.filter((role) => wanted.some((each) => isSameRecipient(each, role)));
  return [...roles, ...wanted.filter(({ who }) => who === 'named')];
}

export const isDefault = (policy: EscalationPolicy, urgency: Urgency, targets: Targets): boolean =>
  canonicalJson(policy) === canonicalJson(defaultPolicy(urgency, targets));

/** New targets with the policy beside them: a policy that was made from the old targets is made from the new ones, any other stays. */
export const withTargets = (
  policy: EscalationPolicy,
  urgency: Urgency,
  before: Targets,
  after: Targets,
): EscalationPolicy => (isDefault(policy, urgency, before) ? defaultPolicy(urgency, after) : policy);
