import type { EventId } from '#shared/lib/id.ts';
import { authoredPatientBodies, type AuthoredPatientType, type PatientBody } from '#shared/patient/events.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { readAllergies } from './allergy-lines.ts';
import type { Allergies, Precaution } from './kinds.ts';

/** What stands in the form of an act on a patient; each act reads its own part. */
export interface PatientActFields {
  ward: string;
  bed: string;
  department: string;
  allergies: Allergies['kind'];
  allergyLines: string;
  precautions: Precaution[];
  note: string;
  reason: string;
}

/** The body as the schema wants it; null: something is missing, and the form says what. */
export function actBody<T extends AuthoredPatientType>(
  type: T,
  fields: PatientActFields,
  patient: Patient,
): PatientBody<T> | null {
  const parsed = authoredPatientBodies[type].safeParse(rawBody(type, fields, patient.endedBy));
  return parsed.success ? (parsed.data as PatientBody<T>) : null;
}

function rawBody(type: AuthoredPatientType, fields: PatientActFields, endedBy: EventId | null): unknown {
  switch (type) {
    case 'moved':
      return { ward: fields.ward.trim(), bed: fields.bed.trim(), department: fields.department };
    case 'allergies-changed':
      return { allergies: readAllergies(fields.allergies, fields.allergyLines) };
    case 'precautions-changed':
      return { precautions: fields.precautions };
    case 'discharged':
    case 'died':
      return { note: fields.note.trim() };
    case 'state-corrected':
      return { of: endedBy, reason: fields.reason.trim() };
    case 'unmerged':
      return { reason: fields.reason.trim() };
    case 'registered':
    case 'corrected':
    case 'merged-into':
      return null;
  }
}
