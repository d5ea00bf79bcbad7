import type { EscalationStep } from '#shared/directory/escalation-policy.ts';
import type { PolicyProblem } from '#shared/directory/policy-problems.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';
import { recipientWord, unlessWord } from '../admin-words.ts';

/** "again every 10 min, 3 times", "again every 8 h until …"; '' for a step that fires once. */
export function repeatWords({ repeatMinutes, repeatTimes, unless }: EscalationStep): string {
  if (repeatMinutes === null) return '';
  const every = minutesWords(repeatMinutes);
  return repeatTimes === null
    ? m.admin_step_repeat_for_ever({ every, until: unlessWord(unless) })
    : m.admin_step_repeat_times({ every, count: repeatTimes });
}

/** A step as one sentence. */
export function stepWords(step: EscalationStep, nameOf: (person: PersonId) => string): string {
  const who = step.notify.map((recipient) => recipientWord(recipient, nameOf)).join(', ');
  const words =
    step.afterMinutes === 0
      ? m.admin_step_sentence_at_once({ unless: unlessWord(step.unless), who })
      : m.admin_step_sentence({
          after: minutesWords(step.afterMinutes),
          unless: unlessWord(step.unless),
          who,
        });
  const again = repeatWords(step);
  return again === '' ? words : `${words} ${again}`;
}

export function policyProblemWords(problem: PolicyProblem): string {
  switch (problem.type) {
    case 'out-of-order':
      return m.admin_policy_out_of_order();
    case 'climbs-down':
      return m.admin_policy_climbs_down();
    case 'loops':
      return m.admin_policy_loops();
    case 'dead-end':
      return m.admin_policy_dead_end({ until: unlessWord(problem.unless) });
  }
}
