import { createRandom, type Random } from '#server/demo/random.ts';
import { fillText } from '#server/demo/fill-text.ts';
import { referenceOf } from '#shared/consult/reference.ts';
import type { ConsultBody, ConsultEventType } from '#shared/consult/events.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { Person } from '#shared/directory/staff.ts';
import { systemAuthor, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId, PatientId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';
import { alertsOf } from './corpus-alerts.ts';
import { deviceOf, isDoctor, type Hospital } from './hospital.ts';

/** Whose tablet is filled: a department in the middle, above which one head stands and which stands above none. */
export const homeDepartment = 10;
const daysHeld = 29;
const daysKept = 365;
const lengthMinutes = 240;
const minutesPerDay = 24 * 60;
/** Open ones are routine and so young that no escalation falls due while the bench runs: a first start would fire them all. */
const freshMinutes = 100;

export interface CorpusSize {
  readonly consults: number;
  /** So many of them are held by a doctor of the home department, exactly. */
  readonly inScope: number;
  /** How many of those are open. */
  readonly openShare: number;
}

/** What the bench must know of a consult to act on it. */
export interface Known {
  readonly id: ConsultId;
  readonly patient: PatientId;
  /** Numbers of departments in the hospital. */
  readonly requesting: number;
  readonly receiving: number;
  readonly events: number;
  readonly open: boolean;
}

export interface CorpusDocument {
  readonly id: string;
  readonly body: Record<string, unknown>;
}

interface Plan {
  readonly requesting: number;
  readonly receiving: number;
  /** How long ago the last thing happened. */
  readonly minutesAgo: number;
  readonly open: boolean;
}

const questions = [
  'Is this an acute coronary syndrome, and should he go to the catheter lab tonight?',
  'Please advise on diuretics with a creatinine of {1.8-4.2} mg/dL and rising.',
  'Can she have the operation on day {2-6} with this ejection fraction?',
  'Second seizure in {12-48} hours: which drug next, and does she need imaging?',
  'Fever for {4-12} days with a new murmur: endocarditis?',
] as const;
const reasons = [
  'Admitted {1-9} days ago with {3-7} days of productive cough, fever up to {38.2-40.1} °C and breathlessness. On ceftriaxone and clarithromycin. Since this morning chest tightness and a heart rate of {104-148}.',
  'Known diabetic and hypertensive, brought in with drowsiness and vomiting. Blood sugar {280-520} mg/dL, potassium {5.1-6.8} mmol/L, urine output {10-35} ml per hour since midnight.',
  'Fall at home with a fracture of the left hip. Operation planned. Irregular pulse noticed on the ward, no chest pain, oxygen saturation {88-96} % on room air.',
  'Post-operative day {1-5} after laparotomy for a perforated ulcer. Abdomen distended, drain {120-640} ml of turbid fluid, lactate {2.1-5.6} mmol/L.',
] as const;
const histories = [
  'Type 2 diabetes for {5-25} years, hypertension, stent to the LAD in {2012-2024}. Smoker, {10-50} pack years. No known kidney disease before this admission.',
  'Hypothyroidism, otherwise well. Two caesarean sections. No allergies known to the family.',
  'Chronic kidney disease stage {3-4}, gout, atrial fibrillation on warfarin, INR {1.8-3.9} yesterday.',
] as const;
const medications = [
  'Aspirin 75 mg, atorvastatin 40 mg, metformin 1 g twice daily (stopped), bisoprolol {2.5-10.0} mg, enoxaparin 40 mg.',
  'Ceftriaxone 2 g daily, paracetamol 1 g four times daily, omeprazole 40 mg, insulin by sliding scale, furosemide {20-80} mg.',
] as const;
const resultsTexts = [
  'Hb {7.9-13.5}, WBC {4.1-22.7}, platelets {90-410}, Na {124-146}, K {3.1-6.2}, creatinine {0.7-4.8}, troponin {12-890} ng/L. ECG: sinus tachycardia, T inversion V3 to V6. Chest film: infiltrate on the right.',
] as const;
const notes = [
  'Seen with the registrar. Pain free now, heart rate {78-110}, blood pressure {95-150}/{50-90}. Continue monitoring, repeat ECG and troponin in three hours, hold the evening dose of enoxaparin.',
  'Fluid balance positive by {400-2600} ml. Catheter in place. Discussed with the family; they agree with dialysis if it comes to that.',
] as const;
const findings = [
  'No acute coronary syndrome: troponin flat at {14-60} ng/L over six hours, no new changes in the ECG. Rate-related strain on known disease. Bisoprolol up to {5.0-10.0} mg, echo tomorrow, no transfer.',
  'Acute kidney injury on chronic disease, most likely from dehydration and gentamicin. Stop gentamicin, one litre of balanced solution over four hours, urine for sediment, no indication for dialysis tonight.',
] as const;
const familyNames = [
  'Anwar',
  'Bibi',
  'Qadir',
  'Sarwar',
  'Hussain',
  'Parveen',
  'Gul',
  'Waheed',
  'Naz',
] as const;
const givenNames = [
  'Bashir',
  'Noor',
  'Imran',
  'Shazia',
  'Abdul',
  'Kiran',
  'Mushtaq',
  'Saima',
  'Ghulam',
] as const;

const sealSigns = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Of the shape of a real seal; nothing here verifies it. */
function sealLike(random: Random): string {
  let text = 'v1.';
  for (let at = 0; at < 43; at++) text += sealSigns[random.int(0, 63)] ?? '';
  return text;
}

function plansOf({ consults, inScope, openShare }: CorpusSize, departments: number, random: Random): Plan[] {
  const other = (not: readonly number[]): number => {
    for (;;) {
      const found = random.int(0, departments - 1);
      if (!not.includes(found)) return found;
    }
  };
  const plans: Plan[] = [];
  for (let at = 0; at < consults; at++) {
    const home = at < inScope;
    const recent = home || random.chance(0.09);
    const open = recent && random.chance(home ? openShare : 0.11);
    const minutesAgo = open
      ? random.int(5, freshMinutes)
      : recent
        ? random.int(30, daysHeld * minutesPerDay)
        : random.int(32 * minutesPerDay, daysKept * minutesPerDay);
    // Long-ended ones of the home department are in the store too: they have aged out of scope.
    const first = home ? homeDepartment : other(recent ? [homeDepartment] : []);
    const second = other(recent ? [homeDepartment, first] : [first]);
    const [requesting, receiving] = random.chance(0.4) ? [first, second] : [second, first];
    plans.push({ requesting, receiving, minutesAgo, open });
  }
  return plans.sort((a, b) => b.minutesAgo - a.minutesAgo);
}

/** Tells one consult as the server would have stored it. */
class Teller {
  readonly events: StampedEvent[] = [];
  private readonly id: ConsultId;
  private readonly random: Random;
  constructor(id: ConsultId, random: Random) {
    this.id = id;
    this.random = random;
  }

  add<T extends ConsultEventType>(
    type: T,
    body: ConsultBody<T>,
    at: Instant,
    by: Person | null,
  ): StampedEvent {
    const n = this.events.length + 1;
    const cause = this.events.at(-1);
    const event: StampedEvent = {
      v: 1,
      id: (by === null && cause !== undefined
        ? `${cause.id.slice(0, 36)}:${type}`
        : this.random.uuid()) as EventId,
      document: this.id,
      type,
      author: by?.id ?? systemAuthor,
      device: by === null ? null : deviceOf(by),
      lamport: n,
      base: n - 1,
      occurredAt: at,
      body,
      n,
      receivedAt: at,
      via: by === null ? 'system' : 'session',
      seal: sealLike(this.random),
    };
    this.events.push(event);
    return event;
  }
}

export interface Corpus {
  /** Oldest first, as a store would have taken their last changes. */
  consults(): Generator<{ known: Known; document: CorpusDocument; alerts: readonly CorpusDocument[] }>;
  patients(): Generator<CorpusDocument>;
}

/** The same hospital, moment and size give the same documents. */
export function createCorpus(hospital: Hospital, now: Instant, size: CorpusSize): Corpus {
  const plans = plansOf(size, hospital.departments.length, createRandom(1));
  const doctors = hospital.teams.map((team) => team.filter(isDoctor));
  const doctorOf = (random: Random, at: number): Person => random.pick(doctors[at] ?? []);
  const patientIds = createRandom(2);
  const patients = Array.from({ length: Math.ceil(size.consults / 3) }, () => patientIds.uuid() as PatientId);

  const patientContent = (number: number): PatientContent => {
    const random = createRandom(1000 + number);
    const place = random.int(0, hospital.departments.length - 1);
    return {
      mrn: `BH-${String(100_000 + number)}`,
      name: `${random.pick(givenNames)} ${random.pick(familyNames)}`,
      born: { kind: 'age', value: random.int(18, 88), unit: 'years', asOf: '2026-01-01' },
      sex: random.chance(0.5) ? 'female' : 'male',
      ward: `Ward ${String(place + 1)}`,
      bed: String(random.int(1, 30)),
      department: hospital.departments[place]!.id,
      diagnosis: 'Community-acquired pneumonia, type 2 diabetes',
      allergies: random.chance(0.3)
        ? { kind: 'known', list: [{ substance: 'Penicillin', reaction: 'rash' }] }
        : { kind: 'none-known' },
      precautions: random.chance(0.2) ? ['contact'] : [],
    };
  };

  return {
    *consults() {
      const random = createRandom(3);
      for (const [number, plan] of plans.entries()) {
        const { requesting, receiving, open } = plan;
        const id = random.uuid() as ConsultId;
        const patientNumber = random.int(0, patients.length - 1);
        const [asking, answering] = [hospital.departments[requesting]!, hospital.departments[receiving]!];
        const [requester, doctor] = [doctorOf(random, requesting), doctorOf(random, receiving)];
        const drawn = random.weighted<Urgency>([
          ['emergency', 1],
          ['urgent', 4],
          ['routine', 5],
        ]);
        const urgency: Urgency = open ? 'routine' : drawn;
        const text = (templates: readonly string[]): string => fillText(random.pick(templates), random);
        const began = addMinutes(now, -plan.minutesAgo - (open ? 0 : lengthMinutes));
        const after = (share: number): Instant =>
          addMinutes(began, Math.floor(share * (open ? plan.minutesAgo : lengthMinutes)));
        const teller = new Teller(id, random);
        const submitted = teller.add(
          'submitted',
          {
            content: {
              patient: patients[patientNumber]!,
              patientAsWas: patientContent(patientNumber),
              requestingDepartment: asking.id,
              receivingDepartment: answering.id,
              urgency,
              question: text(questions),
              reason: text(reasons),
              history: text(histories),
              medication: text(medications),
              vitals: null,
              results: text(resultsTexts),
              callBack: '4411',
              preferredDoctor: null,
              intakeAnswers: [],
            },
            linked: [],
          },
          began,
          requester,
        );
        teller.add('numbered', { reference: referenceOf(answering.code, 26, number + 1) }, began, null);
        teller.add(
          'clock-snapshot',
          {
            of: submitted.id,
            startsAt: began,
            urgency,
            department: answering.id,
            targets: answering.targets[urgency],
            policy: answering.policies[urgency],
          },
          began,
          null,
        );
        // Two thirds of the open ones nobody has taken yet.
        if (!open || random.chance(0.33)) {
          teller.add('opened', {}, after(0.02), doctor);
          teller.add('acknowledged', { promiseMinutes: 30, assignSelf: true }, after(0.04), doctor);
          teller.add('seen', {}, after(0.2), doctor);
          teller.add('note-added', { kind: 'assessment', text: text(notes) }, after(0.25), doctor);
        }
        if (!open) {
          teller.add(
            'completed',
            {
              answers: { kind: 'question' },
              findings: text(findings),
              recommendations: [
                {
                  id: 'r1',
                  text: 'Repeat ECG and troponin in three hours',
                  dose: '',
                  duration: '',
                  stopOn: null,
                },
              ],
              followUp: { kind: 'none' },
            },
            after(0.5),
            doctor,
          );
          teller.add('closed', {}, after(1), requester);
        }
        yield {
          known: {
            id,
            patient: patients[patientNumber]!,
            requesting,
            receiving,
            events: teller.events.length,
            open,
          },
          document: { id, body: { kind: 'consult', id, events: teller.events } },
          alerts: alertsOf(hospital, teller.events, open),
        };
      }
    },

    *patients() {
      const random = createRandom(4);
      for (const [number, id] of patients.entries()) {
        const content = patientContent(number);
        const place = hospital.departments.findIndex((one) => one.id === content.department);
        const by = doctorOf(random, place);
        const at = addMinutes(now, -daysKept * minutesPerDay);
        const event: StampedEvent = {
          v: 1,
          id: random.uuid() as EventId,
          document: id,
          type: 'registered',
          author: by.id,
          device: deviceOf(by),
          lamport: 1,
          base: 0,
          occurredAt: at,
          body: { content },
          n: 1,
          receivedAt: at,
          via: 'session',
          seal: sealLike(random),
        };
        yield { id, body: { kind: 'patient', id, events: [event] } };
      }
    },
  };
}
