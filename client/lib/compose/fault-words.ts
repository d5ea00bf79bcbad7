import { m } from '$lib/paraglide/messages.js';
import type { Fault } from './content.ts';

/** Words for a field that keeps the request from being sent; undefined: nothing is wrong there. */
export function faultWords(field: string, fault: Fault | undefined): string | undefined {
  if (fault === undefined) return undefined;
  if (fault === 'too-long') return m.compose_fault_too_long();
  if (field.startsWith('intake.'))
    return fault === 'missing' ? m.compose_fault_intake_missing() : m.compose_fault_intake_number();
  switch (field) {
    case 'patient':
      return m.compose_fault_patient();
    case 'patient.name':
      return m.compose_fault_patient_name();
    case 'patient.ward':
      return m.compose_fault_patient_ward();
    case 'patient.sex':
      return m.compose_fault_patient_sex();
    case 'patient.age':
      return m.compose_fault_patient_age();
    case 'patient.mrn':
      return m.compose_fault_patient_mrn();
    case 'patient.allergies':
      return m.compose_fault_patient_allergies();
    case 'departments':
      return fault === 'missing' ? m.compose_fault_departments() : m.compose_fault_own_department();
    case 'urgency':
      return m.compose_fault_urgency();
    case 'question':
      return m.compose_fault_question();
    case 'reason':
      return m.compose_fault_reason();
    default:
      return field.startsWith('vitals.') ? undefined : m.compose_fault_other();
  }
}
