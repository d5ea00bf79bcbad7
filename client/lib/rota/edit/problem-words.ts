import type { RotaProblem } from '#shared/directory/rota-problems.ts';
import type { RotaRefusalCode } from '#shared/directory/rota-protocol.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { shiftWords, tierWord } from '../rota-words.ts';

/** Why something was refused, as a sentence's end. */
export function refusalWords(code: RotaRefusalCode): string {
  switch (code) {
    case 'changed-meanwhile':
      return m.rota_refused_changed();
    case 'same-id':
      return m.rota_refused_same_id();
    case 'no-such-time':
      return m.rota_refused_no_such_time();
    case 'has-begun':
      return m.rota_refused_has_begun();
    case 'too-many-shifts':
      return m.rota_refused_too_many();
    case 'unknown-week':
    case 'unknown-time-zone':
      return m.rota_refused_unknown_week();
    case 'ends-before-start':
      return m.rota_refused_ends_before();
    case 'longer-than-a-day':
      return m.rota_refused_too_long();
    case 'other-week':
      return m.rota_refused_other_week();
    case 'unknown-person':
    case 'inactive-person':
      return m.rota_refused_left();
    case 'not-of-department':
      return m.rota_refused_not_member();
    case 'not-agreed':
      return m.rota_refused_not_agreed();
    case 'half-a-swap':
      return m.rota_refused_half_swap();
    case 'same-person-twice':
      return m.rota_refused_twice();
    case 'overlap':
      return m.rota_problem_overlap();
    case 'double-duty':
      return m.rota_refused_double();
    case 'needs-cover':
      return m.rota_refused_needs_cover();
    case 'duty-gap':
      return m.rota_refused_duty_gap();
    case 'not-your-turn':
      return m.rota_refused_not_yours();
    case 'not-their-turn':
      return m.rota_refused_not_theirs();
    case 'nothing-to-swap':
      return m.rota_refused_nothing_to_swap();
    case 'not-open':
      return m.rota_refused_not_open();
  }
}

/** What is wrong with a shift or the week, in words. */
export function problemWords(problem: RotaProblem, work: Workspace): string {
  switch (problem.type) {
    case 'gap':
      return m.rota_problem_gap({ tier: tierWord(problem.tier), when: shiftWords(problem, work.times) });
    case 'duty-gap':
      return m.rota_problem_duty_gap({ when: shiftWords(problem, work.times) });
    case 'double-duty':
      return m.rota_problem_double({
        tier: tierWord(problem.tier),
        department: work.departmentName(problem.department),
      });
    case 'unknown-department':
    case 'wrong-id':
      return refusalWords('unknown-week');
    default:
      return refusalWords(problem.type);
  }
}
