import type { Alert, AlertKind } from '#shared/alert/alert.ts';
import { isTurnTest } from '#shared/alert/turn-test.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { m } from '$lib/paraglide/messages.js';

/** Why somebody was alerted, in a few words. */
export function alertWord(about: AlertKind): string {
  switch (about) {
    case 'new-consult':
      return m.alerts_new_consult();
    case 'assigned':
      return m.alerts_assigned();
    case 'reassigned':
      return m.alerts_reassigned();
    case 'reassigned-away':
      return m.alerts_reassigned_away();
    case 'acknowledged':
      return m.alerts_acknowledged();
    case 'note':
      return m.alerts_note();
    case 'message':
      return m.alerts_message();
    case 'info-requested':
      return m.alerts_info_requested();
    case 'info-provided':
      return m.alerts_info_provided();
    case 'redirected':
      return m.alerts_redirected();
    case 'declined':
      return m.alerts_declined();
    case 'completed':
      return m.alerts_completed();
    case 'closed':
      return m.alerts_closed();
    case 'reopened':
      return m.alerts_reopened();
    case 'cancelled':
      return m.alerts_cancelled();
    case 'due-soon':
      return m.alerts_due_soon();
    case 'breached':
      return m.alerts_breached();
    case 'escalated':
      return m.alerts_escalated();
    case 'follow-up-due':
      return m.alerts_follow_up_due();
    case 'rota-changed':
      return m.alerts_rota_changed();
    case 'hand-over':
      return m.alerts_hand_over();
    case 'rota-gap':
      return m.alerts_rota_gap();
    case 'unreachable':
      return m.alerts_unreachable();
    case 'test':
      return m.alerts_test();
    case 'swap-asked':
      return m.alerts_swap_asked();
    case 'swap-declined':
      return m.alerts_swap_declined();
    case 'access-requested':
      return m.alerts_access_requested();
    case 'one-way':
      return m.alerts_one_way();
    case 'unknown':
      return m.alerts_unknown();
  }
}

/** The first line of an alert in the app, where names may stand. */
export function alertTitle(alert: Alert, nameOf: (person: PersonId) => string): string {
  if (alert.insteadOf !== undefined) return m.alerts_instead({ name: nameOf(alert.insteadOf) });
  // Its cause begins with the one who cannot be reached.
  const who = alert.about === 'unreachable' ? personIdSchema.safeParse(alert.cause.split(':')[0]) : null;
  if (isTurnTest(alert)) return m.alerts_test_turn();
  return who?.success === true
    ? m.alerts_unreachable_named({ name: nameOf(who.data) })
    : alertWord(alert.about);
}

/** The second line: where it is about, and for what is about no consult what to do. */
export function aboutAlert(alert: Pick<Alert, 'about' | 'as'>, department: string): string {
  if (isTurnTest(alert)) return m.alerts_test_turn_about({ department });
  switch (alert.about) {
    case 'rota-gap':
      return m.alerts_rota_gap_about({ department });
    case 'rota-changed':
      return m.alerts_rota_changed_about({ department });
    case 'hand-over':
      return m.alerts_hand_over_about({ department });
    case 'unreachable':
      return m.alerts_unreachable_about({ department });
    case 'test':
      return m.alerts_test_about();
    case 'swap-asked':
      return m.alerts_swap_asked_about({ department });
    case 'swap-declined':
      return m.alerts_swap_declined_about({ department });
    case 'access-requested':
      return m.alerts_access_requested_about();
    case 'one-way':
      return m.alerts_one_way_about({ department });
    case 'unknown':
      return m.alerts_unknown_about({ department });
    default:
      return department;
  }
}
