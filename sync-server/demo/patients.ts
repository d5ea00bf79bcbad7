import type { EventDocument } from '#shared/event/envelope.ts';
import type { PatientId } from '#shared/lib/id.ts';
import { addMinutes, latest, type Instant } from '#shared/lib/instant.ts';
import type { Born, PatientContent } from '#shared/patient/content.ts';
import type { ClinicalCode, Departments } from './departments.ts';
import { localDate } from './local-time.ts';
import { patientNames } from './names.ts';
import type { Random } from './random.ts';
import type { Teams } from './staff.ts';
import { createStamper, type SealEvent } from './stamper.ts';
import { deviceOfWard, type Devices } from './devices.ts';

export interface DemoPatient {
  readonly id: PatientId;
  readonly department: ClinicalCode;
  readonly group: 'adult' | 'child' | 'newborn';
  /** As it is at the end; consults quote it. */
  readonly content: PatientContent;
  readonly admittedAt: Instant;
  /** null: still in the house. */
  readonly leftAt: Instant | null;
  readonly document: EventDocument;
}

const share: readonly (readonly [ClinicalCode, number])[] = [
  ['MED', 22],
  ['SURG', 14],
  ['ORTH', 10],
  ['CARD', 8],
  ['PULM', 6],
  ['NEPH', 7],
  ['GAST', 6],
  ['NEUR', 6],
  ['UROL', 5],
  ['OBGY', 10],
  ['PAED', 9],
  ['ICU', 4],
  ['EMER', 8],
];

/** Wards of each department; beds are counted from 1. */
const wards: Readonly<Record<ClinicalCode, readonly string[]>> = {
  MED: ['W4', 'W5'],
  CARD: ['CCU', 'W6'],
  PULM: ['W7'],
  NEPH: ['W8'],
  GAST: ['W9'],
  NEUR: ['W10'],
  SURG: ['W2', 'W3'],
  ORTH: ['W11'],
  UROL: ['W12'],
  OBGY: ['LR', 'W1'],
  PAED: ['PW', 'NICU'],
  ICU: ['ICU'],
  EMER: ['ER'],
};

const diagnoses: Readonly<Record<ClinicalCode, readonly string[]>> = {
  MED: [
    'Community-acquired pneumonia',
    'Poorly controlled type 2 diabetes',
    'Enteric fever',
    'Dengue fever',
    'Urinary sepsis',
    'Decompensated liver disease',
  ],
  CARD: ['NSTEMI', 'Decompensated heart failure', 'Unstable angina', 'Complete heart block, temporary wire'],
  PULM: ['COPD exacerbation', 'Pulmonary tuberculosis', 'Pleural effusion', 'Severe asthma'],
  NEPH: ['End-stage kidney disease on dialysis', 'Acute kidney injury', 'Nephrotic syndrome'],
  GAST: ['Hepatitis C cirrhosis', 'Acute pancreatitis', 'Upper GI bleed, settled'],
  NEUR: ['Ischaemic stroke', 'Tuberculous meningitis', 'Status epilepticus, controlled'],
  SURG: [
    'After laparotomy',
    'Acute cholecystitis',
    'Obstructed hernia, repaired',
    'Diabetic foot',
    'Acute pancreatitis',
  ],
  ORTH: [
    'Femur fracture, after nailing',
    'Hip fracture',
    'Open tibia fracture',
    'Spine fracture, conservative',
  ],
  UROL: ['Ureteric stone', 'After prostate resection', 'Bladder tumour'],
  OBGY: ['After caesarean', 'Pre-eclampsia', 'After hysterectomy', 'Threatened preterm labour'],
  PAED: [
    'Severe acute malnutrition',
    'Bronchopneumonia',
    'Gastroenteritis with dehydration',
    'Thalassaemia major',
  ],
  ICU: ['Septic shock', 'Head injury, ventilated', 'Tetanus'],
  EMER: ['Chest pain, under observation', 'Road traffic accident', 'Poisoning', 'Fever for investigation'],
};

const substances: readonly (readonly [string, string])[] = [
  ['Penicillin', 'Rash over the trunk'],
  ['Ibuprofen', 'Wheeze'],
  ['Co-trimoxazole', 'Peeling rash'],
  ['Iodinated contrast', 'Hives'],
  ['Ceftriaxone', 'Swelling of the lips'],
  ['Peanut', 'Vomiting'],
];

function groupOf(department: ClinicalCode, random: Random): DemoPatient['group'] {
  if (department === 'PAED') return random.chance(0.15) ? 'newborn' : 'child';
  if (department === 'OBGY') return random.chance(0.15) ? 'newborn' : 'adult';
  return ['SURG', 'ORTH', 'EMER', 'NEUR', 'UROL'].includes(department) && random.chance(0.12)
    ? 'child'
    : 'adult';
}

function bornOf(group: DemoPatient['group'], admittedAt: Instant, random: Random): Born {
  const asOf = localDate(admittedAt);
  if (group === 'newborn') return { kind: 'age', value: random.int(1, 20), unit: 'days', asOf };
  if (group === 'child') {
    return random.chance(0.3)
      ? { kind: 'age', value: random.int(2, 23), unit: 'months', asOf }
      : { kind: 'age', value: random.int(2, 12), unit: 'years', asOf };
  }
  const years = random.int(19, 84);
  if (random.chance(0.5)) return { kind: 'age', value: years, unit: 'years', asOf };
  const month = String(random.int(1, 12)).padStart(2, '0');
  return {
    kind: 'date',
    date: `${Number(asOf.slice(0, 4)) - years}-${month}-${String(random.int(1, 28)).padStart(2, '0')}`,
  };
}

/** Bed numbers go round, so that no two patients of one day share a bed. */
function createBeds(): (ward: string) => string {
  const next = new Map<string, number>();
  return (ward) => {
    const bed = (next.get(ward) ?? 0) + 1;
    next.set(ward, bed % 40);
    return String(bed).padStart(2, '0');
  };
}

interface Admission {
  readonly department: ClinicalCode;
  readonly admittedAt: Instant;
  readonly leftAt: Instant | null;
}

function admissions(now: Instant, count: number, random: Random): Admission[] {
  const day = 24 * 60;
  return Array.from({ length: count }, (_unused, at): Admission => {
    // The last third fills the wards as they are now; the others came and went.
    const inHouse = at % 3 === 0;
    const daysAgo = inHouse ? random.int(1, 12) : random.int(8, 104);
    const admittedAt = addMinutes(now, -daysAgo * day - random.int(0, day - 1));
    const stay = random.int(5, 24) * day + random.int(0, day - 1);
    const leftAt = inHouse ? null : addMinutes(admittedAt, Math.min(stay, daysAgo * day));
    return { department: random.weighted(share), admittedAt, leftAt };
  }).sort((a, b) => (a.admittedAt < b.admittedAt ? -1 : 1));
}

export interface PatientPlan {
  readonly now: Instant;
  readonly count: number;
  readonly departments: Departments;
  readonly teams: Teams;
  readonly devices: Devices;
  readonly random: Random;
  readonly sealEvent: SealEvent;
}

function createNamer(random: Random): (sex: 'female' | 'male') => string {
  const taken = new Set<string>();
  return (sex) => {
    for (;;) {
      const given = random.pick(sex === 'female' ? patientNames.women : patientNames.men);
      const name = `${given} ${random.pick(patientNames.family)}`;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
}

/** Three hundred people of the wards, oldest admission first. */
export function buildPatients(plan: PatientPlan): DemoPatient[] {
  const nameOf = createNamer(plan.random);
  const bedIn = createBeds();
  return admissions(plan.now, plan.count, plan.random).map((admission, at) =>
    register(admission, at, plan, nameOf, bedIn),
  );
}

function register(
  { department, admittedAt, leftAt }: Admission,
  at: number,
  { now, departments, teams, devices, random, sealEvent }: PatientPlan,
  nameOf: (sex: 'female' | 'male') => string,
  bedIn: (ward: string) => string,
): DemoPatient {
  const group = groupOf(department, random);
  const sex =
    department === 'OBGY' && group === 'adult' ? 'female' : random.pick(['female', 'male'] as const);
  const ward = random.pick(wards[department]);
  const name = nameOf(sex);
  const first: PatientContent = {
    // One in a hundred came at night and has no number yet.
    mrn: at % 97 === 5 ? null : `MRN-${204_100 + at * 7}`,
    name: group === 'newborn' ? `Baby of ${nameOf('female')}` : name,
    born: bornOf(group, admittedAt, random),
    sex,
    ward,
    bed: bedIn(ward),
    department: departments[department].id,
    diagnosis: group === 'newborn' ? 'Newborn under observation' : random.pick(diagnoses[department]),
    allergies:
      random.weighted([
        [{ kind: 'not-asked' } as const, 2],
        [{ kind: 'none-known' } as const, 6],
        [{ kind: 'known' } as const, 2],
      ]).kind === 'known'
        ? {
            kind: 'known',
            list: [random.pick(substances)].map(([substance, reaction]) => ({ substance, reaction })),
          }
        : random.chance(0.75)
          ? { kind: 'none-known' }
          : { kind: 'not-asked' },
    precautions: random.chance(0.08) ? [random.pick(['contact', 'droplet', 'airborne'] as const)] : [],
  };
  const stamper = createStamper(random.uuid(), random, sealEvent);
  const team = teams[department];
  const by = random.pick([...team.ward, ...team.firstTier]).id;
  const device = deviceOfWard(devices, department, random);
  const registered = stamper.write({
    type: 'registered',
    body: { content: first },
    by,
    device,
    at: admittedAt,
  });
  let content = first;
  const until = leftAt ?? now;
  if (random.chance(0.2)) {
    const movedAt = latest(addMinutes(admittedAt, 300), addMinutes(until, -random.int(600, 2000)));
    if (movedAt < until) {
      const to = { ward: random.pick(wards[department]), department: first.department };
      const body = { ...to, bed: bedIn(to.ward) };
      stamper.write({ type: 'moved', body, by, device, at: movedAt });
      content = { ...content, ...body };
    }
  }
  if (leftAt !== null) stamper.write({ type: 'discharged', body: { note: '' }, by, device, at: leftAt });
  const id = registered.document as PatientId;
  return {
    id,
    department,
    group,
    content,
    admittedAt,
    leftAt,
    document: { kind: 'patient', id, events: stamper.events },
  };
}
