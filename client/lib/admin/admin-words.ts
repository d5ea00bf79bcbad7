import type { ClockName, Urgency } from '#shared/consult/vocabulary.ts';
import type { AssignmentMode, Department } from '#shared/directory/department.ts';
import type { EscalationRecipient, Tier } from '#shared/directory/escalation-policy.ts';
import type { Permission, Role } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { m } from '$lib/paraglide/messages.js';

export function roleWord(role: Role): string {
  switch (role) {
    case 'doctor':
      return m.admin_role_doctor();
    case 'nurse':
      return m.admin_role_nurse();
    case 'clerk':
      return m.admin_role_clerk();
    case 'receiver':
      return m.admin_role_receiver();
    case 'head':
      return m.admin_role_head();
    case 'administrator':
      return m.admin_role_administrator();
    case 'auditor':
      return m.admin_role_auditor();
  }
}

export function permissionWords(permission: Permission): { readonly name: string; readonly about: string } {
  switch (permission) {
    case 'manage-staff':
      return { name: m.admin_permission_manage_staff(), about: m.admin_permission_manage_staff_about() };
    case 'manage-departments':
      return {
        name: m.admin_permission_manage_departments(),
        about: m.admin_permission_manage_departments_about(),
      };
    case 'manage-department-consults':
      return {
        name: m.admin_permission_manage_department_consults(),
        about: m.admin_permission_manage_department_consults_about(),
      };
    case 'manage-hospital-consults':
      return {
        name: m.admin_permission_manage_hospital_consults(),
        about: m.admin_permission_manage_hospital_consults_about(),
      };
    case 'see-department-dashboard':
      return {
        name: m.admin_permission_see_department_dashboard(),
        about: m.admin_permission_see_department_dashboard_about(),
      };
    case 'see-hospital-dashboard':
      return {
        name: m.admin_permission_see_hospital_dashboard(),
        about: m.admin_permission_see_hospital_dashboard_about(),
      };
    case 'manage-permissions':
      return {
        name: m.admin_permission_manage_permissions(),
        about: m.admin_permission_manage_permissions_about(),
      };
  }
}

export function departmentTypeWord(type: Department['type']): string {
  switch (type) {
    case 'clinical':
      return m.admin_type_clinical();
    case 'administrative':
      return m.admin_type_administrative();
    case 'support':
      return m.admin_type_support();
  }
}

export function assignmentWords(
  mode: AssignmentMode['mode'],
  urgency: Urgency,
): { name: string; about: string } {
  switch (mode) {
    case 'manual':
      return {
        name: m.admin_assign_manual(),
        about: urgency === 'emergency' ? m.admin_assign_manual_emergency() : m.admin_assign_manual_about(),
      };
    case 'on-call':
      return { name: m.admin_assign_on_call(), about: m.admin_assign_on_call_about() };
    case 'round-robin':
      return { name: m.admin_assign_round_robin(), about: m.admin_assign_round_robin_about() };
    case 'least-loaded':
      return { name: m.admin_assign_least_loaded(), about: m.admin_assign_least_loaded_about() };
    case 'seniority':
      return {
        name: m.admin_assign_seniority(),
        about: urgency === 'routine' ? m.admin_assign_seniority_routine() : m.admin_assign_seniority_about(),
      };
    case 'named':
      return { name: m.admin_assign_named(), about: m.admin_assign_named_about() };
  }
}

export function clockTargetWord(clock: ClockName): string {
  switch (clock) {
    case 'acknowledged':
      return m.admin_clock_acknowledged();
    case 'seen':
      return m.admin_clock_seen();
    case 'completed':
      return m.admin_clock_completed();
  }
}
/** "until somebody has taken it": what ends a step. */
export function unlessWord(clock: ClockName): string {
  switch (clock) {
    case 'acknowledged':
      return m.admin_unless_acknowledged();
    case 'seen':
      return m.admin_unless_seen();
    case 'completed':
      return m.admin_unless_completed();
  }
}

export function tierWord(tier: Tier): string {
  switch (tier) {
    case 'first':
      return m.admin_who_on_call_first();
    case 'second':
      return m.admin_who_on_call_second();
    case 'consultant':
      return m.admin_who_on_call_consultant();
  }
}

export function recipientWord(recipient: EscalationRecipient, nameOf: (person: PersonId) => string): string {
  switch (recipient.who) {
    case 'assignee':
      return m.admin_who_assignee();
    case 'on-call':
      return tierWord(recipient.tier);
    case 'receiver':
      return m.admin_who_receiver();
    case 'head':
      return m.admin_who_head();
    case 'parent-head':
      return m.admin_who_parent_head();
    case 'duty-administrator':
      return m.admin_who_duty_administrator();
    case 'named':
      return nameOf(recipient.person);
  }
}
