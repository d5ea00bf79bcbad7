import type { Consult } from '#shared/consult/consult.ts';
import { localReference } from '#shared/consult/reference.ts';
import type { PatientContent } from '#shared/patient/content.ts';
import { placeWords } from '$lib/patient/identity.ts';

/** Every word typed stands somewhere in what a person would know a consult by: patient, number, place, question, reference. */
export function fitsSearch(typed: string, consult: Consult, patient: PatientContent): boolean {
  const text = [
    patient.name,
    patient.mrn ?? '',
    placeWords(patient),
    patient.bed,
    consult.content.question,
    consult.reference ?? localReference(consult.id),
  ]
    .join(' ')
    .toLocaleLowerCase();
  return typed
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
