import type { Directory } from '#shared/directory/directory.ts';
import { isHeadOf, isReceiverOf } from '#shared/directory/leaders.ts';
import { hasPermission, isClinical, rolesOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AuthoredPatientType } from './events.ts';
import type { Patient } from './patient.ts';

export interface PatientAct {
  readonly action: AuthoredPatientType;
  readonly person: Person;
  /** As the author knew it; null for `registered`. */
  readonly patient: Patient | null;
  /** For `registered`: the department the patient is registered for; null asks "for any of one's own?". Otherwise not read. */
  readonly department?: DepartmentId | null;
  /** Requesting departments of open consults about this patient; they may move the patient too. */
  readonly requestingDepartments?: readonly DepartmentId[];
  readonly directory: Directory;
  /** When it was written: memberships of that moment count. */
  readonly at: Instant;
}

/** What a part in the department lets one do. `clinician`: doctor, receiver or head with a clinical designation. */
type Part = 'clinician' | 'nurse' | 'clerk';

const everyone: readonly Part[] = ['clinician', 'nurse', 'clerk'];
const bedside: readonly Part[] = ['clinician', 'nurse'];

/** Action → parts that may do it. Clerks keep the register; what is clinical is left to those at the bedside, a death to clinicians. */
export const patientRights: Readonly<Record<AuthoredPatientType, readonly Part[]>> = {
  registered: everyone,
  corrected: everyone,
  moved: everyone,
  'allergies-changed': bedside,
  'precautions-changed': bedside,
  discharged: everyone,
  died: ['clinician'],
  'state-corrected': ['clinician'],
  'merged-into': everyone,
  unmerged: everyone,
};

function partsIn(person: Person, department: DepartmentId, { directory, at }: PatientAct): ReadonlySet<Part> {
  const roles = rolesOf(person, department, at);
  const parts = new Set<Part>();
  const leads =
    isHeadOf(person, department, directory, at) || isReceiverOf(person, department, directory, at);
  if (leads || roles.has('doctor')) parts.add(isClinical(person, directory) ? 'clinician' : 'clerk');
  if (roles.has('nurse')) parts.add('nurse');
  if (roles.has('clerk')) parts.add('clerk');
  return parts;
}

/** Every department where the person's part counts for this act. */
function departmentsAsked(act: PatientAct): readonly DepartmentId[] {
  const { action, patient, person, department } = act;
  if (action === 'registered') {
    return department === null || department === undefined
      ? person.memberships.map((membership) => membership.department)
      : [department];
  }
  if (patient === null) return [];
  const own = [patient.content.department];
  return action === 'moved' ? [...own, ...(act.requestingDepartments ?? [])] : own;
}

/**
 * Nurse, clerk, doctors, receivers and heads of the patient's department; a hospital-wide manager of consults; for a move also the
 * requesting department of an open consult. False for an inactive person and while the directory is not loaded.
 */
export function mayActOnPatient(act: PatientAct): boolean {
  const { action, person, patient, directory, at } = act;
  if (!person.active || directory.organisation === null) return false;
  if (action !== 'registered' && patient === null) return false;
  const rights = patientRights[action];
  if (hasPermission(person, 'manage-hospital-consults', at)) {
    return (action !== 'died' && action !== 'state-corrected') || isClinical(person, directory);
  }
  return departmentsAsked(act).some((department) => {
    const parts = partsIn(person, department, act);
    return rights.some((part) => parts.has(part));
  });
}

/**
 * Whether the person may open a patient outside their departments for a reason, and is shown that there is one: those who treat, wherever they
 * work, and auditors. Who keeps the register of one department, or administers, has no reason to read another's patient.
 */
export function mayOpenOutside(person: Person, directory: Directory, at: Instant): boolean {
  if (!person.active || directory.organisation === null) return false;
  const roles = rolesOf(person, null, at);
  if (roles.has('auditor') || roles.has('nurse')) return true;
  return isClinical(person, directory) && (roles.has('doctor') || roles.has('receiver') || roles.has('head'));
}
