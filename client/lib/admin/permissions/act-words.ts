import type { AdministrationAct, Ground } from '#shared/administration/rights.ts';
import type { AuthoredConsultType } from '#shared/consult/events.ts';
import type { Hat } from '#shared/consult/permissions.ts';
import { m } from '$lib/paraglide/messages.js';
import { permissionWords } from '../admin-words.ts';

export function administrationActWord(act: AdministrationAct): string {
  switch (act) {
    case 'staff-read':
      return m.admin_act_staff_read();
    case 'staff-edit':
      return m.admin_act_staff_edit();
    case 'staff-deactivate':
      return m.admin_act_staff_deactivate();
    case 'staff-sessions':
      return m.admin_act_staff_sessions();
    case 'staff-invite':
      return m.admin_act_staff_invite();
    case 'permissions-grant':
      return m.admin_act_permissions_grant();
    case 'department-create':
      return m.admin_act_department_create();
    case 'department-edit':
      return m.admin_act_department_edit();
    case 'department-receiver':
      return m.admin_act_department_receiver();
    case 'rota-edit':
      return m.admin_act_rota_edit();
    case 'rota-swap-agree':
      return m.admin_act_rota_swap_agree();
    case 'policy-edit':
      return m.admin_act_policy_edit();
    case 'organisation-edit':
      return m.admin_act_organisation_edit();
    case 'audit-read':
      return m.admin_act_audit_read();
    case 'import':
      return m.admin_act_import();
    case 'devices':
      return m.admin_act_devices();
  }
}

/** What lets somebody do an act, as the end of "who …". */
export function groundWords(ground: Ground): string {
  switch (ground.by) {
    case 'permission':
      return m.admin_ground_permission({ permission: permissionWords(ground.permission).name });
    case 'role':
      return ground.role === 'administrator' ? m.admin_ground_administrator() : m.admin_ground_auditor();
    case 'leading':
      return ground.role === 'head' ? m.admin_ground_head() : m.admin_ground_receiver();
    case 'self':
      return m.admin_ground_self();
  }
}

export function consultActWord(action: AuthoredConsultType): string {
  switch (action) {
    case 'submitted':
      return m.admin_consult_submitted();
    case 'resubmitted':
      return m.admin_consult_resubmitted();
    case 'info-provided':
      return m.admin_consult_info_provided();
    case 'urgency-changed':
      return m.admin_consult_urgency_changed();
    case 'recommendation-marked':
      return m.admin_consult_recommendation_marked();
    case 'closed':
      return m.admin_consult_closed();
    case 'reopened':
      return m.admin_consult_reopened();
    case 'cancelled':
      return m.admin_consult_cancelled();
    case 'rang':
      return m.admin_consult_rang();
    case 'acknowledged':
      return m.admin_consult_acknowledged();
    case 'promise-changed':
      return m.admin_consult_promise_changed();
    case 'assigned':
      return m.admin_consult_assigned();
    case 'reassigned':
      return m.admin_consult_reassigned();
    case 'unassigned':
      return m.admin_consult_unassigned();
    case 'seen':
      return m.admin_consult_seen();
    case 'info-requested':
      return m.admin_consult_info_requested();
    case 'redirected':
      return m.admin_consult_redirected();
    case 'declined':
      return m.admin_consult_declined();
    case 'completed':
      return m.admin_consult_completed();
    case 'follow-up-recorded':
      return m.admin_consult_follow_up_recorded();
    case 'follow-up-ended':
      return m.admin_consult_follow_up_ended();
    case 'hand-over-confirmed':
      return m.admin_consult_hand_over_confirmed();
    case 'note-added':
      return m.admin_consult_note_added();
    case 'message-posted':
      return m.admin_consult_message_posted();
    case 'attachment-added':
      return m.admin_consult_attachment_added();
    case 'joined':
      return m.admin_consult_joined();
    case 'opened':
      return m.admin_consult_opened();
    case 'corrected':
      return m.admin_consult_corrected();
    case 'entered-in-error':
      return m.admin_consult_entered_in_error();
    case 'force-closed':
      return m.admin_consult_force_closed();
  }
}

export function hatWord(hat: Hat): string {
  switch (hat) {
    case 'requesting-doctor':
      return m.admin_hat_requesting_doctor();
    case 'requesting-staff':
      return m.admin_hat_requesting_staff();
    case 'joined-doctor':
      return m.admin_hat_joined_doctor();
    case 'joined-staff':
      return m.admin_hat_joined_staff();
    case 'receiving-doctor':
      return m.admin_hat_receiving_doctor();
    case 'receiving-leader':
      return m.admin_hat_receiving_leader();
    case 'receiving-staff':
      return m.admin_hat_receiving_staff();
    case 'earlier-doctor':
      return m.admin_hat_earlier_doctor();
    case 'earlier-staff':
      return m.admin_hat_earlier_staff();
    case 'assignee':
      return m.admin_hat_assignee();
    case 'named':
      return m.admin_hat_named();
    case 'hospital-manager':
      return m.admin_hat_hospital_manager();
  }
}
