import { createRandom, type Random } from '#server/demo/random.ts';
import { fillText } from '#server/demo/fill-text.ts';
import type { ConsultBody, ConsultEventType } from '#shared/consult/events.ts';
import { defaultTargets, type Urgency } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Person } from '#shared/directory/staff.ts';
import { systemAuthor, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId, PatientId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { patientContent, requestContent } from '#tests/builders.ts';
import { deviceOf, isDoctor, type Hospital } from '../hospital.ts';
import type { CorpusDocument } from '../corpus.ts';

const minuteMs = 60_000;
const reason =
  'Admitted {1-9} days ago with {3-7} days of productive cough, fever up to {38.2-40.1} °C and breathlessness. On ceftriaxone and clarithromycin. Since this morning chest tightness and a heart rate of {104-148}. ECG with new T inversion, troponin {12-890} ng/L, blood pressure {85-150} systolic, oxygen {1-6} litres. Family present, full escalation agreed.';
const history =
  'Type 2 diabetes for {5-25} years, hypertension, stent to the LAD in {2012-2024}. Smoker, {10-50} pack years. No known kidney disease before this admission. Aspirin, atorvastatin, bisoprolol {2.5-10.0} mg.';

export interface OpenConsults {
  readonly consults: number;
  /** So many have their first step due in [windowStartsAt, windowStartsAt + windowMs); the others' lies at least five minutes behind it. */
  readonly due: number;
  readonly windowStartsAt: Instant;
  readonly windowMs: number;
}

/** One that falls due in the window. */
export interface DueConsult {
  readonly id: ConsultId;
  readonly dueAt: Instant;
}

const sealSigns = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const sealLike = (random: Random): string =>
  `v1.${Array.from({ length: 43 }, () => sealSigns[random.int(0, 63)] ?? '').join('')}`;

const policies = {
  emergency: defaultPolicy('emergency'),
  urgent: defaultPolicy('urgent'),
  routine: defaultPolicy('routine'),
};
/** Most open requests of a hospital are older than a day: a department that lets routine ones wait for two. */
const slowTargets = { acknowledged: 3840, seen: 11_520, completed: 22_080 };
const slowPolicy = defaultPolicy('routine', slowTargets);

/** Submitted, numbered, with its clock and its policy, given to the doctor on call by rule: what waits to be escalated. */
export function* openConsults(
  hospital: Hospital,
  { consults, due, windowStartsAt, windowMs }: OpenConsults,
): Generator<{
  consult: CorpusDocument;
  events: readonly StampedEvent[];
  patient: CorpusDocument | null;
  due: DueConsult | null;
}> {
  const random = createRandom(7);
  const doctors = hospital.teams.map((team) => team.filter(isDoctor));
  let patient = '' as PatientId;
  for (let at = 0; at < consults; at++) {
    const isDue = at % Math.floor(consults / due) === 0 && at / Math.floor(consults / due) < due;
    const draw = random.int(0, 9);
    const urgency: Urgency = isDue
      ? draw === 0
        ? 'emergency'
        : draw < 4
          ? 'urgent'
          : 'routine'
      : draw < 2
        ? 'urgent'
        : 'routine';
    const dueAt = isDue
      ? addMs(windowStartsAt, random.int(0, windowMs - 1))
      : addMs(
          windowStartsAt,
          windowMs + // Not so late that its request would lie behind the moment at which a gateway starts.
            random.int(5 * minuteMs, (urgency === 'urgent' ? 6 : 170) * minuteMs),
        );
    const isSlow = !isDue && urgency === 'routine';
    const policy = isSlow ? slowPolicy : policies[urgency];
    const startsAt = addMs(dueAt, -(policy.steps[0]?.afterMinutes ?? 0) * minuteMs);
    const to = random.int(0, hospital.departments.length - 1);
    const from = (to + random.int(1, hospital.departments.length - 1)) % hospital.departments.length;
    const [requesting, receiving] = [hospital.departments[from], hospital.departments[to]];
    const by: Person = random.pick(doctors[from] ?? []);
    const assignee = hospital.teams[to]?.[2];
    if (requesting === undefined || receiving === undefined || assignee === undefined)
      throw new Error('a department is missing');
    const isNewPatient = at % 3 === 0;
    if (isNewPatient) patient = random.uuid() as PatientId;
    const id = random.uuid() as ConsultId;
    const asWas = patientContent({ mrn: `M${String(at)}`, department: requesting.id });

    const eventsOf = (
      document: string,
    ): [StampedEvent[], (type: string, body: object, system: boolean) => StampedEvent] => {
      const events: StampedEvent[] = [];
      return [
        events,
        (type, body, system) => {
          const n = events.length + 1;
          const event: StampedEvent = {
            v: 1,
            id: (system ? `${events[0]?.id ?? ''}:${type}` : random.uuid()) as EventId,
            document,
            type,
            author: system ? systemAuthor : by.id,
            device: system ? null : deviceOf(by),
            lamport: n,
            base: n - 1,
            occurredAt: startsAt,
            body: { ...body },
            n,
            receivedAt: startsAt,
            via: system ? 'system' : 'session',
            seal: sealLike(random),
          };
          events.push(event);
          return event;
        },
      ];
    };
    const [events, add] = eventsOf(id);
    const told = <T extends ConsultEventType>(type: T, body: ConsultBody<T>, system = true): StampedEvent =>
      add(type, body, system);
    const submitted = told(
      'submitted',
      {
        content: requestContent({
          patient,
          patientAsWas: asWas,
          requestingDepartment: requesting.id,
          receivingDepartment: receiving.id,
          urgency,
          reason: fillText(reason, random),
          history: fillText(history, random),
        }),
        linked: [],
      },
      false,
    );
    told('numbered', {
      reference: `${receiving.code}-26-${String(at).padStart(6, '0')}`,
    });
    told('clock-snapshot', {
      of: submitted.id,
      startsAt,
      urgency,
      department: receiving.id,
      targets: isSlow ? slowTargets : defaultTargets[urgency],
      policy,
    });
    told('auto-assigned', {
      of: submitted.id,
      to: assignee.id,
      rule: 'on-call',
    });
    let patientDocument: CorpusDocument | null = null;
    if (isNewPatient) {
      const [registered, register] = eventsOf(patient);
      register('registered', { content: asWas }, false);
      patientDocument = { id: patient, body: { kind: 'patient', id: patient, events: registered } };
    }
    yield {
      consult: { id, body: { kind: 'consult', id, events } },
      events,
      patient: patientDocument,
      due: isDue ? { id, dueAt } : null,
    };
  }
}
