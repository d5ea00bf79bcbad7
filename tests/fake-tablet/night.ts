import type { Alert } from '#shared/alert/alert.ts';
import type { RequestContent } from '#shared/consult/events.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { deviceId, patientId, story, type Story } from '#tests/builders.ts';
import { patientLines, staff, units } from './hospital.ts';

const about = (at: number): Pick<RequestContent, 'patient' | 'patientAsWas'> => {
  const line = patientLines[at % patientLines.length];
  if (line === undefined) throw new Error('no such patient');
  return { patient: patientId(line.key), patientAsWas: line.content };
};

const common: Partial<RequestContent> = {
  requestingDepartment: units.medicine.id,
  receivingDepartment: units.cardiology.id,
  preferredDoctor: null,
  callBack: '4411',
};

export interface Night {
  readonly documents: ReadonlyMap<string, readonly HeldEvent[]>;
  readonly alerts: readonly Alert[];
}

const alertOf = (
  told: Story,
  to: { readonly id: Alert['recipient'] },
  urgency: Alert['urgency'],
  at: Instant,
  facts: Alert['facts'],
): Alert => {
  const cause = told.events[0];
  if (cause === undefined) throw new Error('an empty story');
  return {
    kind: 'alert',
    id: `${told.id}:${cause.id}:${to.id}`,
    consult: told.id,
    cause: cause.id,
    recipient: to.id,
    as: 'on-call first',
    about: 'new-consult',
    urgency,
    department: units.cardiology.id,
    plannedAt: at,
    facts,
  };
};

/** A believable night in Cardiology and General Medicine, all of it relative to now. */
export function nightAt(now: Instant): Night {
  const ago = (minutes: number): Instant => addMinutes(now, -minutes);
  const at = (name: string, minutesAgo: number): Story => story(name, ago(minutesAgo));
  const shown = (minutesAgo: number): Alert['facts'][number] => ({
    fact: 'shown',
    channel: 'push',
    device: deviceId('phone'),
    attempt: 1,
    outcome: 'ok',
    at: ago(minutesAgo),
  });

  const stemi = at('stemi', 4)
    .submitted(
      {
        ...common,
        ...about(0),
        urgency: 'emergency',
        question: 'Is this a STEMI, and should we thrombolyse here?',
        reason: 'Crushing chest pain for 50 minutes, sweating. ST elevation in II, III and aVF.',
        history: 'Type 2 diabetes, hypertension. Smoker, 30 a day. No earlier infarct.',
        medication: 'Metformin 1 g twice daily, amlodipine 5 mg, aspirin 300 mg given at 13:50.',
        vitals: {
          respirationsPerMinute: 24,
          oxygenSaturationPercent: 93,
          oxygenScale: 1,
          onOxygen: true,
          systolicMmHg: 98,
          diastolicMmHg: 60,
          pulsePerMinute: 112,
          consciousness: 'alert',
          temperatureCelsius: 36.9,
        },
        results: 'Troponin 412 ng/L. Glucose 14.2 mmol/L.',
        intakeAnswers: [
          { question: 'ecg', asked: 'Was an ECG done?', answer: true },
          { question: 'troponin', asked: 'Last troponin', answer: 412 },
        ],
      },
      { by: staff.raza },
    )
    .act('opened', {}, { by: staff.siddiq, atMinute: 3 });

  const af = at('af', 47)
    .submitted(
      {
        ...common,
        ...about(1),
        urgency: 'urgent',
        question: 'How should we slow AF with a fast rate in thyrotoxicosis?',
        reason: 'Rate 150, blood pressure holds.',
        requestingDepartment: units.surgery.id,
      },
      { by: staff.malik },
    )
    .act('acknowledged', { promiseMinutes: 30, assignSelf: true }, { by: staff.siddiq, atMinute: 20 });

  const failure = at('failure', 160)
    .submitted(
      {
        ...common,
        ...about(6),
        urgency: 'urgent',
        question: 'Is he ready for an oral diuretic?',
        reason: 'Three days of intravenous furosemide, weight down 4 kg.',
      },
      { by: staff.iqbal },
    )
    .act('acknowledged', { promiseMinutes: 60, assignSelf: true }, { by: staff.khalid, atMinute: 12 })
    .act('seen', {}, { by: staff.khalid, atMinute: 70 })
    .act(
      'note-added',
      { kind: 'assessment', text: 'Euvolaemic. Waiting for the echo before the plan.' },
      { by: staff.khalid, atMinute: 84 },
    );

  const syncope = at('syncope', 300).submitted(
    {
      ...common,
      ...about(7),
      urgency: 'routine',
      question: 'Does she need a 24 h tape before discharge?',
      reason: 'Single syncope on standing. Normal ECG.',
    },
    { by: staff.raza },
  );

  const info = at('info', 95)
    .submitted(
      {
        ...common,
        ...about(2),
        urgency: 'urgent',
        question: 'May we start anticoagulation with this bleeding risk?',
        reason: 'New AF on day 3 of pneumonia. Gastric ulcer in 2024.',
      },
      { by: staff.raza },
    )
    .act('acknowledged', { promiseMinutes: 60, assignSelf: true }, { by: staff.siddiq, atMinute: 15 })
    .act(
      'info-requested',
      { text: 'What is today’s haemoglobin, and is he on a proton pump inhibitor?' },
      { by: staff.siddiq, atMinute: 80 },
    );

  const cancelled = at('cancelled', 120)
    .submitted(
      {
        ...common,
        ...about(3),
        urgency: 'urgent',
        question: 'Is the troponin of 60 cardiac?',
        reason: 'Sepsis, no chest pain.',
      },
      { by: staff.raza },
    )
    .act(
      'cancelled',
      { reason: 'Troponin fell; we no longer need the visit.' },
      { by: staff.raza, atMinute: 30 },
    )
    .act(
      'acknowledged',
      { promiseMinutes: 15, assignSelf: true },
      { by: staff.khalid, atMinute: 34, base: 3, lateMinutes: 6 },
    );

  const answered = at('answered', 400)
    .submitted(
      {
        ...common,
        ...about(8),
        urgency: 'urgent',
        question: 'Can beta-blockers be continued with a potassium of 6.1?',
        reason: 'Acute kidney injury on chronic disease.',
      },
      { by: staff.raza },
    )
    .act('acknowledged', { promiseMinutes: 30, assignSelf: true }, { by: staff.siddiq, atMinute: 9 })
    .act('seen', {}, { by: staff.siddiq, atMinute: 35 })
    .act(
      'completed',
      {
        answers: { kind: 'question' },
        findings: 'Sinus rhythm 58, PR normal, no peaked T waves. Potassium most likely renal.',
        recommendations: [
          {
            id: 'r1',
            text: 'Halve bisoprolol',
            dose: '1.25 mg once daily',
            duration: 'until potassium is below 5.5',
            stopOn: null,
          },
          { id: 'r2', text: 'Stop ramipril', dose: '', duration: '', stopOn: '2026-11-29' },
          { id: 'r3', text: 'Repeat ECG with every potassium', dose: '', duration: '', stopOn: null },
        ],
        followUp: {
          kind: 'conditional',
          when: 'If potassium rises above 6.5 or the rhythm changes',
          dueAt: null,
        },
      },
      { by: staff.siddiq, atMinute: 70 },
    );

  const redirectedIn = at('redirected', 75)
    .submitted(
      {
        ...common,
        ...about(4),
        receivingDepartment: units.neurology.id,
        urgency: 'urgent',
        question: 'Was the collapse a seizure or cardiac?',
        reason: 'Collapse in the ward, witnessed jerks.',
      },
      { by: staff.raza },
    )
    .act(
      'redirected',
      { department: units.cardiology.id, reason: 'Long QT on the ECG; please see first.' },
      { by: staff.shah, atMinute: 40 },
    );

  const sentAway = at('sent-away', 190)
    .submitted(
      {
        ...common,
        ...about(5),
        receivingDepartment: units.surgery.id,
        urgency: 'urgent',
        question: 'Does the leg need exploring tonight?',
        reason: 'Pain beyond the redness, lactate 3.1.',
      },
      { by: staff.raza },
    )
    .act(
      'declined',
      {
        wayForward: {
          way: 'advice-given',
          advice: 'Mark the edge, repeat lactate in 2 h, call again if it spreads.',
        },
        reason: 'In theatre until 16:00.',
      },
      { by: staff.malik, atMinute: 25 },
    );

  const told = [stemi, af, failure, syncope, info, cancelled, answered, redirectedIn, sentAway];
  return {
    documents: new Map(told.map((each) => [each.id, each.events])),
    alerts: [
      alertOf(stemi, staff.siddiq, 'emergency', ago(4), [shown(4)]),
      alertOf(af, staff.siddiq, 'urgent', ago(47), [shown(46), { ...shown(45), fact: 'opened' }]),
      alertOf(redirectedIn, staff.siddiq, 'urgent', ago(35), [shown(34)]),
      alertOf(answered, staff.siddiq, 'urgent', ago(400), [shown(399), { ...shown(398), fact: 'opened' }]),
    ],
  };
}

/** Many routine ones, for long lists. */
export function crowdAt(now: Instant, count: number): ReadonlyMap<string, readonly HeldEvent[]> {
  const documents = new Map<string, readonly HeldEvent[]>();
  for (let each = 0; each < count; each++) {
    const told = story(`crowd-${String(each)}`, addMinutes(now, -5 * each)).submitted(
      {
        ...common,
        ...about(each),
        urgency: each % 5 === 0 ? 'urgent' : 'routine',
        question: `Question number ${String(each + 1)} of a very busy day?`,
        reason: 'A busy day.',
      },
      { by: staff.raza },
    );
    documents.set(told.id, told.events);
  }
  return documents;
}
