import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { AssignmentMode, Department } from '#shared/directory/department.ts';
import type { IntakeQuestion } from '#shared/directory/intake-question.ts';
import { defaultTargets, urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Random } from './random.ts';

/** Administration stands at the top and holds the duty administrator's rota. */
export const departmentCodes = [
  'ADMIN',
  'MED',
  'CARD',
  'PULM',
  'NEPH',
  'GAST',
  'NEUR',
  'SURG',
  'ORTH',
  'UROL',
  'OBGY',
  'PAED',
  'ICU',
  'EMER',
] as const;
export type DepartmentCode = (typeof departmentCodes)[number];
export type ClinicalCode = Exclude<DepartmentCode, 'ADMIN'>;
export const clinicalCodes = departmentCodes.filter((code): code is ClinicalCode => code !== 'ADMIN');

interface Plan {
  readonly name: string;
  readonly parent: DepartmentCode | null;
  readonly extension: string;
  /** Emergencies, then urgent, then routine. */
  readonly modes: readonly [AssignmentMode['mode'], AssignmentMode['mode'], AssignmentMode['mode']];
  readonly questions?: readonly IntakeQuestion[];
}

const plans: Readonly<Record<DepartmentCode, Plan>> = {
  ADMIN: { name: 'Administration', parent: null, extension: '4000', modes: ['on-call', 'manual', 'manual'] },
  MED: {
    name: 'General Medicine',
    parent: 'ADMIN',
    extension: '4411',
    modes: ['on-call', 'on-call', 'least-loaded'],
  },
  CARD: {
    name: 'Cardiology',
    parent: 'MED',
    extension: '4412',
    modes: ['on-call', 'on-call', 'manual'],
    questions: [
      { id: 'ecg', text: 'Was an ECG done today?', required: true, kind: 'yes-no' },
      {
        id: 'ejection-fraction',
        text: 'Last known ejection fraction',
        required: false,
        kind: 'number',
        unit: '%',
        min: 5,
        max: 85,
      },
    ],
  },
  PULM: { name: 'Pulmonology', parent: 'MED', extension: '4413', modes: ['on-call', 'on-call', 'seniority'] },
  NEPH: {
    name: 'Nephrology',
    parent: 'MED',
    extension: '4414',
    modes: ['on-call', 'manual', 'manual'],
    questions: [
      {
        id: 'creatinine',
        text: 'Creatinine today',
        required: false,
        kind: 'number',
        unit: 'mg/dL',
        min: 0,
        max: 30,
      },
    ],
  },
  GAST: {
    name: 'Gastroenterology',
    parent: 'MED',
    extension: '4415',
    modes: ['on-call', 'on-call', 'round-robin'],
  },
  NEUR: { name: 'Neurology', parent: 'MED', extension: '4416', modes: ['on-call', 'manual', 'manual'] },
  SURG: {
    name: 'General Surgery',
    parent: 'ADMIN',
    extension: '4421',
    modes: ['on-call', 'on-call', 'manual'],
  },
  ORTH: {
    name: 'Orthopaedics',
    parent: 'SURG',
    extension: '4422',
    modes: ['on-call', 'manual', 'round-robin'],
  },
  UROL: { name: 'Urology', parent: 'SURG', extension: '4423', modes: ['on-call', 'on-call', 'manual'] },
  OBGY: {
    name: 'Obstetrics and Gynaecology',
    parent: 'ADMIN',
    extension: '4431',
    modes: ['on-call', 'on-call', 'manual'],
  },
  PAED: { name: 'Paediatrics', parent: 'ADMIN', extension: '4432', modes: ['on-call', 'manual', 'manual'] },
  ICU: {
    name: 'Intensive Care',
    parent: 'ADMIN',
    extension: '4441',
    modes: ['on-call', 'on-call', 'manual'],
    questions: [
      {
        id: 'ceiling',
        text: 'Agreed ceiling of care',
        required: true,
        kind: 'choice',
        choices: ['Full', 'No intubation', 'Not discussed'],
      },
    ],
  },
  EMER: {
    name: 'Emergency Medicine',
    parent: 'ADMIN',
    extension: '4451',
    modes: ['on-call', 'manual', 'manual'],
  },
};

const byUrgency = <T>(value: (urgency: Urgency, index: number) => T): Record<Urgency, T> => ({
  emergency: value('emergency', urgencies.indexOf('emergency')),
  urgent: value('urgent', urgencies.indexOf('urgent')),
  routine: value('routine', urgencies.indexOf('routine')),
});

const modeOf = (mode: AssignmentMode['mode'] | undefined): AssignmentMode =>
  mode === undefined || mode === 'named' ? { mode: 'manual' } : { mode };

export type Departments = Readonly<Record<DepartmentCode, Department>>;

/** All fourteen, without heads and receivers: those are people. */
export function buildDepartments(random: Random): Departments {
  const ids = Object.fromEntries(
    departmentCodes.map((code) => [code, random.uuid() as DepartmentId]),
  ) as Record<DepartmentCode, DepartmentId>;
  const build = (code: DepartmentCode): Department => {
    const plan = plans[code];
    return {
      kind: 'department',
      id: ids[code],
      name: plan.name,
      code,
      type: code === 'ADMIN' ? 'administrative' : 'clinical',
      parent: plan.parent === null ? null : ids[plan.parent],
      head: null,
      receiver: null,
      extension: plan.extension,
      email: null,
      active: true,
      targets: { ...defaultTargets },
      assignment: byUrgency((_urgency, index) => modeOf(plan.modes[index])),
      policies: byUrgency((urgency) => defaultPolicy(urgency)),
      intakeQuestions: [...(plan.questions ?? [])],
    };
  };
  return Object.fromEntries(departmentCodes.map((code) => [code, build(code)])) as Record<
    DepartmentCode,
    Department
  >;
}
