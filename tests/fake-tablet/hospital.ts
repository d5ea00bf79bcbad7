import { defaultTargets } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';
import { department, departmentId, directoryOf, membership, organisation, person } from '#tests/builders.ts';

const policies = {
  emergency: defaultPolicy('emergency'),
  urgent: defaultPolicy('urgent'),
  routine: defaultPolicy('routine'),
};
const unit = (
  key: string,
  name: string,
  code: string,
  extension: string,
  over: Partial<Department> = {},
): Department =>
  department(key, { name, code, extension, policies, targets: { ...defaultTargets }, ...over });

export const units = {
  medicine: unit('medicine', 'General Medicine', 'MED', '4411'),
  cardiology: unit('cardiology', 'Cardiology', 'CARD', '4412', {
    intakeQuestions: [
      { id: 'ecg', text: 'Was an ECG done?', required: true, kind: 'yes-no' },
      {
        id: 'troponin',
        text: 'Last troponin',
        required: false,
        kind: 'number',
        unit: 'ng/L',
        min: 0,
        max: 50_000,
      },
      {
        id: 'pain',
        text: 'Chest pain',
        required: false,
        kind: 'choice',
        choices: ['None', 'On effort', 'At rest'],
      },
    ],
  }),
  surgery: unit('surgery', 'General Surgery', 'SURG', '4420'),
  neurology: unit('neurology', 'Neurology', 'NEUR', '4430'),
  nephrology: unit('nephrology', 'Nephrology', 'NEPH', '4435'),
  orthopaedics: unit('orthopaedics', 'Orthopaedics', 'ORTH', '4440'),
  psychiatry: unit('psychiatry', 'Psychiatry', 'PSYC', '4450'),
  dermatology: unit('dermatology', 'Dermatology', 'DERM', '4455'),
  icu: unit('icu', 'Intensive Care', 'ICU', '4400'),
  ent: unit('ent', 'Ear, Nose and Throat', 'ENT', '4460'),
} as const;

const doctor = (
  key: string,
  name: string,
  phone: string | null,
  place: Department,
  role: 'doctor' | 'head' | 'receiver' = 'doctor',
): Person =>
  person(key, [membership(place.id, role)], {
    name,
    phone,
    designation: role === 'head' ? 'professor' : 'registrar',
  });

export const staff = {
  siddiq: doctor('siddiq', 'Dr Ayesha Siddiq', '4471', units.cardiology),
  khalid: doctor('khalid', 'Dr Omar Khalid', '4472', units.cardiology),
  baig: doctor('baig', 'Prof Nadia Baig', '4470', units.cardiology, 'head'),
  rehman: doctor('rehman', 'Dr Sana Rehman', '4473', units.cardiology, 'receiver'),
  raza: doctor('raza', 'Dr Hamza Raza', '4411', units.medicine),
  iqbal: doctor('iqbal', 'Dr Maria Iqbal', null, units.medicine),
  malik: doctor('malik', 'Dr Tariq Malik', '4421', units.surgery),
  shah: doctor('shah', 'Dr Zainab Shah', '4431', units.neurology),
  aziz: doctor('aziz', 'Dr Bilal Aziz', '4436', units.nephrology),
  hasan: doctor('hasan', 'Dr Farah Hasan', '4401', units.icu),
} as const;

const rota = (place: Department, first: Person, second: Person | null, now: Instant): RotaWeek => ({
  kind: 'rota-week',
  id: `rota:${place.id}:2026-W47`,
  department: place.id,
  week: '2026-W47',
  shifts: [
    {
      id: `${place.code}-1`,
      tier: 'first',
      person: first.id,
      startsAt: addMinutes(now, -360),
      endsAt: addMinutes(now, 600),
      override: null,
    },
    ...(second === null
      ? []
      : [
          {
            id: `${place.code}-2`,
            tier: 'second' as const,
            person: second.id,
            startsAt: addMinutes(now, -360),
            endsAt: addMinutes(now, 600),
            override: null,
          },
        ]),
  ],
});

export const directoryAt = (now: Instant): Directory =>
  directoryOf(Object.values(staff), Object.values(units), {
    organisation: organisation({
      name: 'Demo Hospital',
      designations: [
        { code: 'registrar', name: 'Registrar', rank: 8, clinical: true },
        { code: 'professor', name: 'Professor', rank: 12, clinical: true },
        { code: 'ward-clerk', name: 'Ward Clerk', rank: null, clinical: false },
      ],
    }),
    rotaWeeks: [
      rota(units.cardiology, staff.siddiq, staff.khalid, now),
      rota(units.medicine, staff.raza, staff.iqbal, now),
      rota(units.surgery, staff.malik, null, now),
      rota(units.neurology, staff.shah, null, now),
      rota(units.nephrology, staff.aziz, null, now),
      rota(units.icu, staff.hasan, null, now),
    ],
  });

type PatientLine = readonly [
  name: string,
  age: number,
  sex: PatientContent['sex'],
  ward: string,
  bed: string,
  diagnosis: string,
];
const lines: readonly PatientLine[] = [
  ['Bashir Anwar', 62, 'male', 'W4', '12', 'Chest pain, diabetes'],
  ['Noor Fatima', 34, 'female', 'W2', '03', 'Thyrotoxicosis'],
  ['Ghulam Sarwar', 71, 'male', 'W4', '05', 'Community-acquired pneumonia'],
  ['Rukhsana Bibi', 55, 'female', 'HDU', '2', 'Sepsis, source not found'],
  ['Imran Qadir', 28, 'male', 'W1', '18', 'Seizure, first'],
  ['Shazia Parveen', 47, 'female', 'W2', '11', 'Cellulitis of the leg'],
  ['Abdul Waheed', 80, 'male', 'W4', '01', 'Heart failure'],
  ['Kiran Naz', 23, 'female', 'W3', '07', 'Syncope'],
  ['Mushtaq Hussain', 66, 'male', 'W1', '09', 'Acute kidney injury'],
  ['Saima Gul', 39, 'female', 'W3', '14', 'Migraine'],
];

export interface FakePatient {
  readonly key: string;
  readonly content: PatientContent;
}
export const patientLines: readonly FakePatient[] = lines.map(
  ([name, age, sex, ward, bed, diagnosis], at) => ({
    key: name,
    content: {
      mrn: `DH-${String(20_418 + at * 137)}`,
      name,
      born: { kind: 'age', value: age, unit: 'years', asOf: '2026-11-22' },
      sex,
      ward,
      bed,
      department: departmentId('medicine'),
      diagnosis,
      allergies:
        at % 3 === 0
          ? { kind: 'known', list: [{ substance: 'Penicillin', reaction: 'rash' }] }
          : at % 3 === 1
            ? { kind: 'none-known' }
            : { kind: 'not-asked' },
      precautions: at % 4 === 3 ? ['contact'] : at === 0 ? ['droplet'] : [],
    },
  }),
);
