import { assigneeBefore } from '#shared/alert/assignee-history.ts';
import { assign } from '#shared/directory/assignment.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultBody, SystemConsultType } from '#shared/consult/events.ts';
import type { Age } from '#shared/consult/age.ts';
import { clockStarters } from '#shared/consult/transitions.ts';
import { defaultTargets, type Status } from '#shared/consult/vocabulary.ts';
import { systemAuthor, type HeldEvent, type StampedEvent } from '#shared/event/envelope.ts';
import type { PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { AssignmentBook } from './assignment-book.ts';
import type { Unstamped, WorkingDocument } from './document-writer.ts';
import type { PatientIndex } from './patient-index.ts';

export function systemEvent(
  document: WorkingDocument,
  at: { id: string; type: string; base: number; occurredAt: Instant },
  body: HeldEvent['body'],
): Unstamped {
  return {
    v: 1,
    id: at.id,
    document: document.id,
    type: at.type,
    author: systemAuthor,
    device: null,
    lamport: document.nextLamport,
    base: at.base,
    occurredAt: at.occurredAt,
    body,
  };
}

/** The year in the hospital's own time zone. */
const yearAt = (at: Instant, timeZone: string): number =>
  Number(new Intl.DateTimeFormat('en', { timeZone, year: 'numeric' }).format(new Date(at)));

export interface Cause {
  readonly event: StampedEvent;
  readonly age: Age;
}

/** Says that the consult brings the patient's record into nobody's reach. */
export function addKeptApart(document: WorkingDocument, event: StampedEvent, patient: PatientId): void {
  const { id, n, receivedAt } = event;
  const type: SystemConsultType = 'patient-kept-apart';
  const body: ConsultBody<'patient-kept-apart'> = { of: id, patient };
  const at = { id: `${id}:${type}`, type, base: n, occurredAt: receivedAt };
  document.add({ event: systemEvent(document, at, body), via: 'system', receivedAt });
}

const tookEffect = (consult: Consult, { id }: StampedEvent): boolean =>
  consult.timeline.some((entry) => entry.event.id === id && entry.withoutEffect === null);

/** The receiving department has it, and an assignment would take effect. */
const inNobodysHands: ReadonlySet<Status> = new Set([
  'submitted',
  'acknowledged',
  'in-progress',
  'info-requested',
]);

/** The hospital as if one person were not there; null: as it is. */
function withoutPerson(directory: Directory, person: PersonId | null): Directory {
  const held = person === null ? undefined : directory.people.get(person);
  if (held === undefined) return directory;
  return { ...directory, people: new Map(directory.people).set(held.id, { ...held, active: false }) };
}

/** Appends what the server itself has to say about an event of a consult it has just accepted. None of it stops a clock. */
export function addSystemEvents(
  document: WorkingDocument,
  { event, age }: Cause,
  directory: Directory,
  book: AssignmentBook,
): void {
  const { receivedAt } = event;
  const add = <T extends SystemConsultType>(
    type: T,
    body: Omit<ConsultBody<T>, 'reference'>,
    reference?: { code: string; year: number },
  ): void => {
    const at = { id: `${event.id}:${type}`, type, base: event.n, occurredAt: receivedAt };
    const addition = { event: systemEvent(document, at, body), via: 'system' as const, receivedAt };
    document.add(reference === undefined ? addition : { ...addition, reference });
  };

  if (age.minutes >= 1) add('arrived-late', { of: event.id, minutes: age.minutes });
  const startsClocks = clockStarters.has(event.type);
  if (!startsClocks && event.type !== 'unassigned') return;
  const consult = projectConsult(document.events);
  if (consult === null || !tookEffect(consult, event)) return;
  const assignByRule = (people: Directory, preferredDoctor: PersonId | null): void => {
    const assignment = assign({
      department: consult.receivingDepartment,
      urgency: consult.urgency,
      requester: consult.requester,
      preferredDoctor,
      directory: people,
      openConsults: book.openConsults(),
      at: receivedAt,
      lastRoundRobin: book.lastRoundRobin(consult.receivingDepartment),
    });
    if (assignment === null) return;
    book.note(consult.id, consult.receivingDepartment, assignment);
    add('auto-assigned', { of: event.id, ...assignment });
  };
  const isLeftEmergency =
    consult.urgency === 'emergency' && consult.assignee === null && inNobodysHands.has(consult.status);
  if (!startsClocks) {
    // What one hands back must not come back to them.
    if (isLeftEmergency) assignByRule(withoutPerson(directory, assigneeBefore(consult, event.id)), null);
    return;
  }
  const { receivingDepartment, urgency } = consult;
  const department = directory.departments.get(receivingDepartment);

  if (event.type === 'submitted' && department !== undefined) {
    const timeZone = directory.organisation?.timeZone ?? 'UTC';
    add('numbered', {}, { code: department.code, year: yearAt(receivedAt, timeZone) });
  }
  add('clock-snapshot', {
    of: event.id,
    startsAt: age.startsAt,
    urgency,
    department: receivingDepartment,
    targets: department?.targets[urgency] ?? defaultTargets[urgency],
    policy: department?.policies[urgency] ?? defaultPolicy(urgency),
  });
  const isNew = consult.assignee === null && consult.status === 'submitted';
  if (isNew || isLeftEmergency) assignByRule(directory, consult.content.preferredDoctor);
}

/** As above, of a patient: how late it came, and who else is registered under the same MRN. */
export function addPatientFacts(
  document: WorkingDocument,
  { event, age }: Cause,
  patients: PatientIndex,
): void {
  const { receivedAt } = event;
  const add = (id: string, type: string, body: HeldEvent['body']): void => {
    const at = { id, type, base: event.n, occurredAt: receivedAt };
    document.add({ event: systemEvent(document, at, body), via: 'system', receivedAt });
  };

  if (event.type === 'registered' || event.type === 'corrected') {
    const patient = projectPatient(document.events);
    const mrn = patient?.content.mrn ?? null;
    for (const other of mrn === null ? [] : patients.withMrn(mrn)) {
      if (other === document.id || patient?.sharesMrnWith.includes(other as PatientId) === true) continue;
      add(`${event.id}:mrn-shared:${other}`, 'mrn-shared', { with: other });
    }
  }
  if (age.minutes >= 1) {
    add(`${event.id}:arrived-late`, 'arrived-late', { of: event.id, minutes: age.minutes });
  }
}
