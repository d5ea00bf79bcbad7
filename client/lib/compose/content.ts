import { requestContentSchema, type RequestContent } from '#shared/consult/events.ts';
import type { Department } from '#shared/directory/department.ts';
import type { IntakeAnswer, IntakeQuestion } from '#shared/directory/intake-question.ts';
import type { DepartmentId, PatientId } from '#shared/lib/id.ts';
import { mrnSchema, patientContentSchema, type PatientContent } from '#shared/patient/content.ts';
import { readAllergies } from '$lib/patient/allergy-lines.ts';
import { judgeNumber } from '$lib/ui/field/number.ts';
import type { Asked, ComposeFields, NewPatientFields } from './fields.ts';
import { readVitals, unreadableVitals } from './vitals-fields.ts';

/** What is wrong, by the name of the field it stands at; words are chosen by the screen. */
export type Fault = 'missing' | 'too-long' | 'not-valid';
export type Faults = ReadonlyMap<string, Fault>;

/** The patient as typed; what cannot be right is in `faults`. `today` is YYYY-MM-DD in the hospital's time zone. */
export function readNewPatient(
  fields: NewPatientFields,
  department: DepartmentId,
  today: string,
): { readonly content: PatientContent | null; readonly faults: Faults } {
  const faults = new Map<string, Fault>();
  const age = judgeNumber(fields.age, { min: 0, max: fields.ageUnit === 'years' ? 130 : 1500, decimals: 0 });
  if (age.kind === 'not-a-number' || age.kind === 'outside') faults.set('patient.age', 'not-valid');
  const mrn = fields.mrn.trim().toUpperCase();
  if (mrn !== '' && !mrnSchema.safeParse(mrn).success) faults.set('patient.mrn', 'not-valid');
  if (fields.name.trim() === '') faults.set('patient.name', 'missing');
  if (fields.ward.trim() === '') faults.set('patient.ward', 'missing');
  if (fields.sex === null) faults.set('patient.sex', 'missing');
  if (fields.allergies === 'known' && fields.allergyList.trim() === '')
    faults.set('patient.allergies', 'missing');
  if (faults.size > 0) return { content: null, faults };
  const parsed = patientContentSchema.safeParse({
    mrn: mrn === '' ? null : mrn,
    name: fields.name.trim(),
    born:
      age.kind === 'good'
        ? { kind: 'age', value: age.value, unit: fields.ageUnit, asOf: today }
        : { kind: 'unknown' },
    sex: fields.sex,
    ward: fields.ward.trim(),
    bed: fields.bed.trim(),
    department,
    diagnosis: fields.diagnosis.trim(),
    allergies: readAllergies(fields.allergies, fields.allergyList),
    precautions: fields.precautions,
  });
  if (parsed.success) return { content: parsed.data, faults };
  for (const issue of parsed.error.issues) faults.set(`patient.${String(issue.path[0])}`, 'not-valid');
  return { content: null, faults };
}

/** What was typed for one question; null: nothing. 'not-valid' when it is no answer to that question. */
function readAnswer(
  question: IntakeQuestion,
  typed: string,
): { readonly answer: IntakeAnswer['answer'] | null } | 'not-valid' {
  const text = typed.trim();
  if (text === '') return { answer: null };
  switch (question.kind) {
    case 'text':
    case 'choice':
      return { answer: text };
    case 'yes-no':
      return { answer: text === 'yes' };
    case 'number': {
      const judged = judgeNumber(text, { min: question.min, max: question.max, decimals: 2 });
      return judged.kind === 'good' ? { answer: judged.value } : 'not-valid';
    }
  }
}

export const intakeField = (department: DepartmentId, question: string): string =>
  `intake.${department}.${question}`;

interface Source {
  readonly fields: ComposeFields;
  readonly asked: Asked;
  readonly department: Department | null;
  readonly requestingDepartment: DepartmentId | null;
  readonly patient: { readonly id: PatientId; readonly content: PatientContent } | null;
}

/** The request to one department. `faults` is empty exactly when there is a content. */
export function readContent({ fields, asked, department, requestingDepartment, patient }: Source): {
  readonly content: RequestContent | null;
  readonly faults: Faults;
} {
  const faults = new Map<string, Fault>();
  if (patient === null) faults.set('patient', 'missing');
  if (fields.urgency === null) faults.set('urgency', 'missing');
  if (fields.question.trim() === '') faults.set('question', 'missing');
  if (fields.reason.trim() === '') faults.set('reason', 'missing');
  if (requestingDepartment === null || department === null) faults.set('departments', 'not-valid');
  for (const vital of unreadableVitals(fields.vitals)) faults.set(`vitals.${vital}`, 'not-valid');
  const intakeAnswers: IntakeAnswer[] = [];
  for (const question of department?.intakeQuestions ?? []) {
    const read = readAnswer(question, asked.intake[question.id] ?? '');
    if (read === 'not-valid') faults.set(intakeField(asked.department, question.id), 'not-valid');
    else if (read.answer !== null)
      intakeAnswers.push({ question: question.id, asked: question.text, answer: read.answer });
    else if (question.required) faults.set(intakeField(asked.department, question.id), 'missing');
  }
  if (faults.size > 0 || patient === null) return { content: null, faults };
  const parsed = requestContentSchema.safeParse({
    patient: patient.id,
    patientAsWas: patient.content,
    requestingDepartment,
    receivingDepartment: asked.department,
    urgency: fields.urgency,
    question: fields.question.trim(),
    reason: fields.reason.trim(),
    history: fields.history.trim(),
    medication: fields.medication.trim(),
    vitals: readVitals(fields.vitals),
    results: fields.results.trim(),
    callBack: fields.callBack.trim(),
    preferredDoctor: asked.preferredDoctor,
    intakeAnswers,
  });
  if (parsed.success) return { content: parsed.data, faults };
  for (const issue of parsed.error.issues) {
    faults.set(String(issue.path[0]), issue.code === 'too_big' ? 'too-long' : 'not-valid');
  }
  return { content: null, faults };
}
