import type { PatientContent } from '#shared/patient/content.ts';
import { sexLetter } from '$lib/i18n/words.ts';
import { ageWords } from './age.ts';

/** "62 M": age and sex as they are said on a ward; '' when neither is known. */
export const ageAndSex = (patient: PatientContent, today: string): string =>
  [ageWords(patient.born, today), sexLetter(patient.sex)].filter((part) => part !== '').join(' ');

/** "W4-12": the place as it is written on a slip. */
export const placeWords = (patient: Pick<PatientContent, 'ward' | 'bed'>): string =>
  patient.bed === '' ? patient.ward : `${patient.ward}-${patient.bed}`;
