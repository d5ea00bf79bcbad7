import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { readAll } from './hospital.ts';

/** Its author had no way to the patient: it brings the record to nobody. */
const isKeptApart = (consult: Consult): boolean =>
  consult.timeline.some(({ event }) => event.type === 'patient-kept-apart');

export type Body = Readonly<Record<string, unknown>>;
export type ServerRecord = Readonly<Record<CollectionName, ReadonlyMap<string, Body>>>;

export const eventsIn = (body: Body): readonly HeldEvent[] => (body['events'] ?? []) as readonly HeldEvent[];

export async function readRecord(store: DocumentStore): Promise<ServerRecord> {
  const read = async (name: CollectionName): Promise<ReadonlyMap<string, Body>> =>
    new Map((await readAll(store.database(name))).map(({ id, body }) => [id, body]));
  return {
    consults: await read('consults'),
    patients: await read('patients'),
    directory: await read('directory'),
    alerts: await read('alerts'),
  };
}

const dayMs = 24 * 60 * 60_000;
/** Around the moment of ageing out either is right. */
const edgeMs = 11 * 60_000;

/** Departments that count for a person now, worked out from the memberships without the code under test. */
function departmentsFor(person: PersonId, directory: Directory, now: Instant): ReadonlySet<string> {
  const found = new Set<string>();
  const known = directory.people.get(person);
  for (const { department, role, from, until } of known?.memberships ?? []) {
    if (from > now || (until !== null && until <= now)) continue;
    found.add(department);
    if (role === 'head') addBelow(department, directory, found);
  }
  for (const { id, head } of directory.departments.values()) {
    if (head !== person) continue;
    found.add(id);
    addBelow(id, directory, found);
  }
  return found;
}

function addBelow(department: string, directory: Directory, found: Set<string>): void {
  for (const { id, parent } of directory.departments.values()) {
    if (parent !== department || found.has(id)) continue;
    found.add(id);
    addBelow(id, directory, found);
  }
}

/** What must be on a tablet, what may be, by id. */
export interface Expected {
  readonly must: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
}

/** The scope of one person, worked out from the whole record: design §4, "Scope". */
export function expectedFor(
  person: PersonId,
  { record, directory, now }: { record: ServerRecord; directory: Directory; now: Instant },
): Readonly<Record<CollectionName, Expected>> {
  const departments = departmentsFor(person, directory, now);
  const grants = directory.people.get(person)?.grants ?? [];
  const all = grants.some(({ permission, from }) => permission === 'manage-hospital-consults' && from <= now);
  const retentionMs = (directory.organisation?.retentionDays ?? 0) * dayMs;

  const concerns = (consult: Consult): boolean =>
    all ||
    [
      consult.requestingDepartment,
      consult.receivingDepartment,
      ...consult.earlierReceiving,
      ...consult.joinedDepartments,
    ].some((department) => departments.has(department)) ||
    consult.involved.includes(person);
  const ageMs = (consult: Consult): number =>
    consult.endedAt === null || consult.followUp !== null
      ? 0
      : instantToMs(now) - instantToMs(consult.endedAt);

  const consults = { must: new Set<string>(), may: new Set<string>() };
  const patients = { must: new Set<string>(), may: new Set<string>() };
  const consultAges = new Map<string, number>();
  for (const [id, body] of record.consults) {
    const consult = projectConsult(eventsIn(body));
    if (consult === null) continue;
    const age = ageMs(consult);
    consultAges.set(id, age);
    if (!concerns(consult)) continue;
    if (age <= retentionMs - edgeMs) {
      consults.must.add(id);
      if (record.patients.has(consult.patient) && !isKeptApart(consult)) patients.must.add(consult.patient);
    }
    if (age <= retentionMs + edgeMs) {
      consults.may.add(id);
      if (!isKeptApart(consult)) patients.may.add(consult.patient);
    }
  }
  for (const [id, body] of record.patients) {
    const patient = projectPatient(eventsIn(body));
    if (patient !== null && (all || departments.has(patient.content.department))) patients.must.add(id);
  }
  const alerts = { must: new Set<string>(), may: new Set<string>() };
  for (const [id, body] of record.alerts) {
    const consult = String(body['consult']);
    if (consults.must.has(consult)) alerts.must.add(id);
    if (consults.may.has(consult)) alerts.may.add(id);
    if (body['recipient'] !== person) continue;
    const age = consultAges.get(consult) ?? 0;
    if (age <= retentionMs - edgeMs) alerts.must.add(id);
    if (age <= retentionMs + edgeMs) alerts.may.add(id);
  }
  const everything = new Set(record.directory.keys());
  const withMay = ({ must, may }: { must: Set<string>; may: Set<string> }): Expected => ({
    must,
    may: new Set([...must, ...may]),
  });
  return {
    consults: withMay(consults),
    patients: withMay(patients),
    alerts: withMay(alerts),
    directory: { must: everything, may: everything },
  };
}
