import type { Department } from '#shared/directory/department.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import {
  directoryDocumentSchema,
  type Directory,
  type DirectoryDocument,
} from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { Database, DocumentStore, Write } from '#server/store/port.ts';
import {
  authored,
  departments,
  eventId,
  organisation,
  patientContent,
  patientId,
  people,
  story,
} from '#tests/builders.ts';
import type { Chance } from './random.ts';

/** People with a tablet of their own; the others are only named. */
export const tabletOwners: readonly Person[] = [
  people.requester,
  people.cardiologist,
  people.receiver,
  people.surgeon,
  people.requestingNurse,
  people.parentHead,
  people.manager,
  people.requesterColleague,
  people.cardiologist2,
  people.radiologist,
  people.surgicalReceiver,
];

function directoryDocuments(): DirectoryDocument[] {
  const roundRobin = { mode: 'round-robin' } as const;
  const staffed: Department[] = Object.values(departments).map((department) =>
    department.id === departments.surgery.id
      ? {
          ...department,
          assignment: { emergency: roundRobin, urgent: roundRobin, routine: { mode: 'manual' } },
        }
      : { ...department },
  );
  return [organisation(), ...staffed, ...Object.values(people)];
}

const dayMs = 24 * 60 * 60_000;

/** Consults of the month before; some of them age out while the history runs. */
function oldConsults(sealer: Sealer, now: Instant, chance: Chance): Write[] {
  return Array.from({ length: chance.int(2, 8) }, (_, index) => {
    const endedAgoMs = 30 * dayMs - chance.int(-60, 60) * 60_000;
    const told = story(`old ${String(index)}`, addMs(now, -endedAgoMs - 20 * 60_000))
      .submitted()
      .act('acknowledged')
      .act('seen')
      .act('completed', {
        answers: { kind: 'question' },
        findings: 'Old findings.',
        recommendations: [],
        followUp: { kind: 'none' },
      })
      .act('closed', {}, { atMinute: 20 });
    return {
      id: told.id,
      body: { kind: 'consult', id: told.id, events: told.events.map((event) => sealed(sealer, event)) },
    };
  });
}

function sealed(sealer: Sealer, event: HeldEvent): HeldEvent {
  const { n = 1, receivedAt, via } = event;
  if (receivedAt === undefined) throw new Error('not a stamped event');
  const stamps = { n, receivedAt, via: via === 'system' ? ('system' as const) : ('session' as const) };
  return { ...event, seal: sealer.seal(canonicalEvent(event), stamps) };
}

function firstPatient(sealer: Sealer, now: Instant): Write {
  const id = patientId('one');
  const event = authored('submitted', undefined, {
    id: eventId(`registered ${id}`),
    document: id,
    occurredAt: now,
  });
  const registered = {
    ...event,
    type: 'registered',
    body: { content: patientContent() },
    n: 1,
    receivedAt: now,
    via: 'session',
  };
  return { id, body: { kind: 'patient', id, events: [sealed(sealer, registered)] } };
}

/** Fills an empty store with the small hospital of the other tests. Returns the ids of events that nobody wrote in this history. */
export async function foundHospital(
  store: DocumentStore,
  { sealer, now, chance }: { sealer: Sealer; now: Instant; chance: Chance },
): Promise<ReadonlySet<string>> {
  const writes = directoryDocuments().map((document) => ({ id: document.id, body: { ...document } }));
  await store.database('directory').write(writes);
  const consults = oldConsults(sealer, now, chance);
  await store.database('consults').write(consults);
  const patient = firstPatient(sealer, addMs(now, -dayMs));
  await store.database('patients').write([patient]);
  return new Set(
    [...consults, patient].flatMap(({ body }) => (body['events'] as HeldEvent[]).map((event) => event.id)),
  );
}

export async function readAll(database: Database): Promise<{ id: string; body: Record<string, unknown> }[]> {
  const rows = await database.scan({ startKey: '', limit: 1_000_000, includeDocs: true });
  return rows.flatMap(({ id, doc }) => (doc === undefined ? [] : [{ id, body: doc.body }]));
}

export async function readDirectory(store: DocumentStore): Promise<Directory> {
  const documents = await readAll(store.database('directory'));
  return directoryFrom(documents.map(({ body }) => directoryDocumentSchema.parse(body)));
}

/** Writes what an administrator changes about one person. */
export async function changePerson(
  store: DocumentStore,
  id: string,
  change: (person: Person) => Person,
): Promise<void> {
  const database = store.database('directory');
  for (;;) {
    const held = await database.get(id);
    if (held === null) throw new Error('nobody of this id');
    const parsed = directoryDocumentSchema.parse(held.body);
    if (parsed.kind !== 'person') throw new Error('not a person');
    const [outcome] = await database.write([{ id, rev: held.rev, body: { ...change(parsed) } }]);
    if (outcome?.type === 'written' || outcome?.type === 'unproven') return;
  }
}
