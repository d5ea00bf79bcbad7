import { m } from '$lib/paraglide/messages.js';
import type { AuditFault, AuditOutcome } from '#shared/audit/protocol.ts';

/** What was done, in words; one line for each action the server records. */
const words: Readonly<Record<string, () => string>> = {
  'session.begin': m.audit_did_session_begin,
  'session.begin-openid': m.audit_did_session_begin_openid,
  'recovery.release': m.audit_did_recovery_release,
  'session.end': m.audit_did_session_end,
  'session.end-everywhere': m.audit_did_session_end_everywhere,
  'session.renew': m.audit_did_session_renew,
  'signing-key.register': m.audit_did_signing_key_register,
  'signing-key.end': m.audit_did_signing_key_end,
  'parcel.carry': m.audit_did_parcel_carry,
  'password.change': m.audit_did_password_change,
  'password.set-by-link': m.audit_did_password_set_by_link,
  'account.create': m.audit_did_account_create,
  'account.invite': m.audit_did_account_invite,
  'account.reset': m.audit_did_account_reset,
  'account.require-password-change': m.audit_did_account_require_password_change,
  'account.lift-openid': m.audit_did_account_lift_openid,
  'account.end-sessions': m.audit_did_account_end_sessions,
  'link.redeem': m.audit_did_link_redeem,
  'link.redeem-invitation': m.audit_did_link_redeem_invitation,
  'link.redeem-reset': m.audit_did_link_redeem_reset,
  'link.redeem-administrator': m.audit_did_link_redeem_administrator,
  'link.redeem-first-administrator': m.audit_did_link_redeem_first_administrator,
  'link.make-administrator': m.audit_did_link_make_administrator,
  'link.make-first-administrator': m.audit_did_link_make_first_administrator,
  'directory.add-person': m.audit_did_directory_add_person,
  'directory.add-department': m.audit_did_directory_add_department,
  'directory.add-organisation': m.audit_did_directory_add_organisation,
  'staff.list': m.audit_did_staff_list,
  'staff.read': m.audit_did_staff_read,
  'staff.create': m.audit_did_staff_create,
  'staff.edit': m.audit_did_staff_edit,
  'staff.sessions': m.audit_did_staff_sessions,
  'staff.open-work': m.audit_did_staff_open_work,
  'staff.activate': m.audit_did_staff_activate,
  'staff.deactivate': m.audit_did_staff_deactivate,
  'staff.end-sessions': m.audit_did_staff_end_sessions,
  'staff.drop-lost-edits': m.audit_did_staff_drop_lost_edits,
  'staff.import-list': m.audit_did_staff_import_list,
  'staff.import-template': m.audit_did_staff_import_template,
  'staff.import-read': m.audit_did_staff_import_read,
  'staff.import-invite': m.audit_did_staff_import_invite,
  'device.list': m.audit_did_device_list,
  'device.rename': m.audit_did_device_rename,
  'device.revoke': m.audit_did_device_revoke,
  'device.wiped': m.audit_did_device_wiped,
  'department.list': m.audit_did_department_list,
  'department.read': m.audit_did_department_read,
  'organisation.read': m.audit_did_organisation_read,
  'staff.export': m.audit_did_staff_export,
  'staff.import-preview': m.audit_did_staff_import_preview,
  'staff.import': m.audit_did_staff_import,
  'staff.undo': m.audit_did_staff_undo,
  'department.create': m.audit_did_department_create,
  'department.edit': m.audit_did_department_edit,
  'department.activate': m.audit_did_department_activate,
  'department.deactivate': m.audit_did_department_deactivate,
  'department.drop-lost-edits': m.audit_did_department_drop_lost_edits,
  'organisation.edit': m.audit_did_organisation_edit,
  'organisation.drop-lost-edits': m.audit_did_organisation_drop_lost_edits,
  'organisation.test-send': m.audit_did_organisation_test_send,
  'rota.edit': m.audit_did_rota_edit,
  'rota.swap': m.audit_did_rota_swap,
  'rota.swap-ask': m.audit_did_rota_swap_ask,
  'rota.swap-agreed': m.audit_did_rota_swap_agreed,
  'rota.swap-declined': m.audit_did_rota_swap_declined,
  'rota.swap-withdrawn': m.audit_did_rota_swap_withdrawn,
  'rota.calendar-link': m.audit_did_rota_calendar_link,
  'rota.calendar-link-revoke': m.audit_did_rota_calendar_link_revoke,
  'alert-preferences.put': m.audit_did_alert_preferences_put,
  'alert-language.put': m.audit_did_alert_language_put,
  'subscription.put': m.audit_did_subscription_put,
  'subscription.remove': m.audit_did_subscription_remove,
  'sync.pull.consults': m.audit_did_sync_pull_consults,
  'sync.pull.patients': m.audit_did_sync_pull_patients,
  'sync.pull.alerts': m.audit_did_sync_pull_alerts,
  'sync.stream.consults': m.audit_did_sync_stream_consults,
  'sync.stream.patients': m.audit_did_sync_stream_patients,
  'sync.stream.alerts': m.audit_did_sync_stream_alerts,
  'sync.documents.consults': m.audit_did_sync_documents_consults,
  'sync.documents.patients': m.audit_did_sync_documents_patients,
  'sync.documents.alerts': m.audit_did_sync_documents_alerts,
  'sync.offer.consults': m.audit_did_sync_offer_consults,
  'sync.offer.patients': m.audit_did_sync_offer_patients,
  'sync.quarantine': m.audit_did_sync_quarantine,
  'sync.quarantine.release': m.audit_did_sync_quarantine_release,
  'sync.quarantine.dismiss': m.audit_did_sync_quarantine_dismiss,
  'attachment.read': m.audit_did_attachment_read,
  'patient.search': m.audit_did_patient_search,
  'patient.history': m.audit_did_patient_history,
  'patient.break-glass': m.audit_did_patient_break_glass,
  'patient.open': m.audit_did_patient_open,
  'consult.open': m.audit_did_consult_open,
  'audit.read': m.audit_did_audit_read,
  'audit.export': m.audit_did_audit_export,
  'audit.verify': m.audit_did_audit_verify,
  'backup.make': m.audit_did_backup_make,
  'backup.restore': m.audit_did_backup_restore,
  'consult.submitted': m.audit_did_consult_submitted,
  'consult.resubmitted': m.audit_did_consult_resubmitted,
  'consult.info-provided': m.audit_did_consult_info_provided,
  'consult.urgency-changed': m.audit_did_consult_urgency_changed,
  'consult.recommendation-marked': m.audit_did_consult_recommendation_marked,
  'consult.closed': m.audit_did_consult_closed,
  'consult.reopened': m.audit_did_consult_reopened,
  'consult.cancelled': m.audit_did_consult_cancelled,
  'consult.rang': m.audit_did_consult_rang,
  'consult.acknowledged': m.audit_did_consult_acknowledged,
  'consult.promise-changed': m.audit_did_consult_promise_changed,
  'consult.assigned': m.audit_did_consult_assigned,
  'consult.reassigned': m.audit_did_consult_reassigned,
  'consult.unassigned': m.audit_did_consult_unassigned,
  'consult.seen': m.audit_did_consult_seen,
  'consult.info-requested': m.audit_did_consult_info_requested,
  'consult.redirected': m.audit_did_consult_redirected,
  'consult.declined': m.audit_did_consult_declined,
  'consult.completed': m.audit_did_consult_completed,
  'consult.follow-up-recorded': m.audit_did_consult_follow_up_recorded,
  'consult.follow-up-ended': m.audit_did_consult_follow_up_ended,
  'consult.hand-over-confirmed': m.audit_did_consult_hand_over_confirmed,
  'consult.note-added': m.audit_did_consult_note_added,
  'consult.message-posted': m.audit_did_consult_message_posted,
  'consult.attachment-added': m.audit_did_consult_attachment_added,
  'consult.joined': m.audit_did_consult_joined,
  'consult.opened': m.audit_did_consult_opened,
  'consult.corrected': m.audit_did_consult_corrected,
  'consult.entered-in-error': m.audit_did_consult_entered_in_error,
  'consult.force-closed': m.audit_did_consult_force_closed,
  'consult.numbered': m.audit_did_consult_numbered,
  'consult.clock-snapshot': m.audit_did_consult_clock_snapshot,
  'consult.auto-assigned': m.audit_did_consult_auto_assigned,
  'consult.arrived-late': m.audit_did_consult_arrived_late,
  'consult.escalated': m.audit_did_consult_escalated,
  'consult.hand-over-offered': m.audit_did_consult_hand_over_offered,
  'consult.follow-up-due': m.audit_did_consult_follow_up_due,
  'consult.patient-relinked': m.audit_did_consult_patient_relinked,
  'consult.assignee-left': m.audit_did_consult_assignee_left,
  'consult.patient-kept-apart': m.audit_did_consult_patient_kept_apart,
  'patient.registered': m.audit_did_patient_registered,
  'patient.corrected': m.audit_did_patient_corrected,
  'patient.moved': m.audit_did_patient_moved,
  'patient.allergies-changed': m.audit_did_patient_allergies_changed,
  'patient.precautions-changed': m.audit_did_patient_precautions_changed,
  'patient.discharged': m.audit_did_patient_discharged,
  'patient.died': m.audit_did_patient_died,
  'patient.merged-into': m.audit_did_patient_merged_into,
  'patient.unmerged': m.audit_did_patient_unmerged,
  'patient.arrived-late': m.audit_did_patient_arrived_late,
  'patient.state-corrected': m.audit_did_patient_state_corrected,
  'patient.mrn-shared': m.audit_did_patient_mrn_shared,
};

export const knownActions: readonly string[] = Object.keys(words);

/** An action this app does not know yet is shown as the server wrote it. */
export const actionWords = (action: string): string => words[action]?.() ?? action;

/** What one can look for: an action and all under it. */
export const actionGroups = (): { readonly value: string; readonly label: string }[] => [
  { value: 'session', label: m.audit_group_session() },
  { value: 'password', label: m.audit_group_password() },
  { value: 'account', label: m.audit_group_account() },
  { value: 'link', label: m.audit_group_link() },
  { value: 'staff', label: m.audit_group_staff() },
  { value: 'department', label: m.audit_group_department() },
  { value: 'organisation', label: m.audit_group_organisation() },
  { value: 'rota', label: m.audit_group_rota() },
  { value: 'sync', label: m.audit_group_sync() },
  { value: 'patient', label: m.audit_group_patient() },
  { value: 'consult', label: m.audit_group_consult() },
  { value: 'audit', label: m.audit_group_audit() },
  { value: 'backup', label: m.audit_group_backup() },
];

export function outcomeWord(outcome: AuditOutcome): string {
  switch (outcome) {
    case 'done':
      return m.audit_done();
    case 'denied':
      return m.audit_denied();
    case 'failed':
      return m.audit_failed();
  }
}

export function faultWords(type: AuditFault['type']): string {
  switch (type) {
    case 'changed':
      return m.audit_fault_changed();
    case 'removed':
      return m.audit_fault_removed();
    case 'out-of-place':
      return m.audit_fault_out_of_place();
    case 'order':
      return m.audit_fault_order();
    case 'cut-short':
      return m.audit_fault_cut_short();
    case 'head-changed':
      return m.audit_fault_head_changed();
    case 'head-removed':
      return m.audit_fault_head_removed();
    case 'added':
      return m.audit_fault_added();
  }
}
