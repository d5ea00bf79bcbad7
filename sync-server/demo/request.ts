import type { RequestContent } from '#shared/consult/events.ts';
import type { IntakeQuestion } from '#shared/directory/intake-question.ts';
import { onCall } from '#shared/directory/on-call.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { ClinicalCase } from './cases/clinical-case.ts';
import { familyAndCriticalCases } from './cases/family-and-critical.ts';
import { medicalCases } from './cases/medical.ts';
import { surgicalCases } from './cases/surgical.ts';
import { fillText } from './fill-text.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import type { DemoPatient } from './patients.ts';
import type { Random } from './random.ts';
import { vitalsFor } from './vitals.ts';

export const allCases: readonly ClinicalCase[] = [
  ...medicalCases,
  ...surgicalCases,
  ...familyAndCriticalCases,
];

/** Whether a case could be this patient's. Children are asked about only in cases written with children in mind. */
export function suits({ to, from, sex }: ClinicalCase, patient: DemoPatient): boolean {
  const { department, group, content } = patient;
  if (to === department || !from.includes(department)) return false;
  if (sex !== undefined && content.sex !== sex) return false;
  if (to === 'PAED') return from.includes('OBGY') ? group === 'newborn' : group === 'child';
  if (to === 'OBGY') return group === 'adult' && content.sex === 'female';
  if (group === 'newborn') return false;
  return group === 'adult' || from.includes('PAED');
}

function answerTo(
  question: IntakeQuestion,
  random: Random,
): RequestContent['intakeAnswers'][number]['answer'] {
  switch (question.kind) {
    case 'yes-no':
      return random.chance(0.85);
    case 'number':
      return question.id === 'ejection-fraction' ? random.int(25, 62) : random.int(8, 65) / 10;
    case 'choice':
      return random.pick(question.choices);
    case 'text':
      return 'See above.';
  }
}

/** Who asks: usually the doctor on duty in the patient's department, otherwise another of its doctors. */
export function requesterOf(
  patient: DemoPatient,
  at: Instant,
  { directory, departments, teams, random }: HospitalPlan,
): Person {
  const onDuty = onCall(directory, departments[patient.department].id, 'first', at);
  const found = onDuty === null ? undefined : directory.people.get(onDuty);
  return found !== undefined && random.chance(0.6) ? found : random.pick(teams[patient.department].firstTier);
}

/** The request as the doctor would have written it about this patient. */
export function requestContent(
  given: ClinicalCase,
  patient: DemoPatient,
  plan: HospitalPlan,
): RequestContent {
  const { random, departments, teams } = plan;
  const fill = (text: string): string => fillText(text, random);
  const receiving = departments[given.to];
  const withVitals = given.urgency === 'emergency' || random.chance(given.urgency === 'urgent' ? 0.85 : 0.45);
  return {
    patient: patient.id,
    patientAsWas: patient.content,
    requestingDepartment: departments[patient.department].id,
    receivingDepartment: receiving.id,
    urgency: given.urgency,
    question: fill(given.question),
    reason: fill(given.reason),
    history: fill(given.history),
    medication: fill(given.medication),
    vitals: withVitals ? vitalsFor(given.condition, patient.group !== 'adult', random) : null,
    results: fill(given.results),
    callBack: departments[patient.department].extension ?? '',
    preferredDoctor: random.chance(0.04) ? random.pick(teams[given.to].doctors).id : null,
    intakeAnswers: receiving.intakeQuestions
      .filter((question) => question.required || random.chance(0.5))
      .map((question) => ({
        question: question.id,
        asked: question.text,
        answer: answerTo(question, random),
      })),
  };
}
