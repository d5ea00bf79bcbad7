import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AuthoredPatientType } from '#shared/patient/events.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { mayActOnPatient } from '#shared/patient/patient-permissions.ts';

/** Acts on a record that make sense in each state; who may do them is another question. */
const sensible: Readonly<Record<Patient['state'], readonly AuthoredPatientType[]>> = {
  present: ['moved', 'allergies-changed', 'precautions-changed', 'discharged', 'died', 'merged-into'],
  discharged: ['moved', 'died', 'state-corrected', 'merged-into'],
  died: ['state-corrected', 'merged-into'],
  merged: ['unmerged'],
};

/** What the person is offered: of sense now, and allowed to them. `consults`: open ones, whose requesting side may move the patient too. */
export function patientActs(
  patient: Patient,
  person: Person | null,
  consults: readonly Consult[],
  { directory, at }: { readonly directory: Directory; readonly at: Instant },
): readonly AuthoredPatientType[] {
  if (person === null) return [];
  const requestingDepartments = consults
    .filter((consult) => consult.patient === patient.id)
    .map(({ requestingDepartment }) => requestingDepartment);
  return sensible[patient.state].filter((action) =>
    mayActOnPatient({ action, person, patient, requestingDepartments, directory, at }),
  );
}
