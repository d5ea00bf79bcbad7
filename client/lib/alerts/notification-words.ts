import * as m from '$lib/paraglide/messages';
import type { AlertKind } from '#shared/alert/alert.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { NotificationWords } from './notification.ts';

const urgencyWords: Readonly<Record<Urgency, () => string>> = {
  emergency: m.notification_urgency_emergency,
  urgent: m.notification_urgency_urgent,
  routine: m.notification_urgency_routine,
};

export const aboutWords: Readonly<Record<AlertKind, () => string>> = {
  'new-consult': m.alert_about_new_consult,
  assigned: m.alert_about_assigned,
  reassigned: m.alert_about_reassigned,
  'reassigned-away': m.alert_about_reassigned_away,
  acknowledged: m.alert_about_acknowledged,
  note: m.alert_about_note,
  message: m.alert_about_message,
  'info-requested': m.alert_about_info_requested,
  'info-provided': m.alert_about_info_provided,
  redirected: m.alert_about_redirected,
  declined: m.alert_about_declined,
  completed: m.alert_about_completed,
  closed: m.alert_about_closed,
  reopened: m.alert_about_reopened,
  cancelled: m.alert_about_cancelled,
  'due-soon': m.alert_about_due_soon,
  breached: m.alert_about_breached,
  escalated: m.alert_about_escalated,
  'follow-up-due': m.alert_about_follow_up_due,
  'rota-changed': m.alert_about_rota_changed,
  'hand-over': m.alert_about_hand_over,
  'rota-gap': m.alert_about_rota_gap,
  unreachable: m.alert_about_unreachable,
  test: m.alert_about_test,
  'swap-asked': m.alert_about_swap_asked,
  'swap-declined': m.alert_about_swap_declined,
  'access-requested': m.alert_about_access_requested,
};

export const notificationWords = (): NotificationWords => ({
  urgency: (urgency) => urgencyWords[urgency](),
  about: (kind) => aboutWords[kind](),
  acknowledge: m.notification_acknowledge(),
  open: m.notification_open(),
});
