import type { PatientContent } from '#shared/patient/content.ts';
import { allergyWords, precautionWord, sexWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { ageWords } from './age.ts';
import { placeWords } from './identity.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'late' | undefined;
}

function bornWords({ born }: PatientContent, work: Pick<Workspace, 'times' | 'today'>): string {
  const age = ageWords(born, work.today);
  const words = born.kind === 'date' ? `${work.times.date(born.date)} (${age})` : age;
  return words === '' ? m.patient_sex_unknown() : words;
}

/** What is known of a patient, in the order a ward asks for it; what is empty is left out. */
export function patientFacts(
  content: PatientContent,
  work: Pick<Workspace, 'times' | 'today' | 'departmentName'>,
): readonly Fact[] {
  const facts: readonly Fact[] = [
    { name: m.patient_mrn(), value: content.mrn ?? m.patient_mrn_none() },
    {
      name: content.born.kind === 'date' ? m.patient_born() : m.patient_age(),
      value: bornWords(content, work),
    },
    { name: m.patient_sex(), value: sexWord(content.sex) },
    {
      name: m.patient_place(),
      value: `${placeWords(content)} · ${work.departmentName(content.department)}`,
    },
    { name: m.patient_diagnosis(), value: content.diagnosis },
    {
      name: m.patient_allergies_label(),
      value: allergyWords(content.allergies),
      tone: content.allergies.kind === 'known' ? 'late' : undefined,
    },
    {
      name: m.patient_precautions_label(),
      value: content.precautions.map(precautionWord).join(', '),
      tone: 'late',
    },
  ];
  return facts.filter(({ value }) => value !== '');
}
