import { z } from 'zod';
import type { Consult } from '#shared/consult/consult.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { membershipsAt } from '#shared/directory/membership.ts';
import { onCall } from '#shared/directory/on-call.ts';
import type { ConsultId, DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { alarmAfterMs, undeliveredEmergencies } from '$lib/alarm/undelivered.ts';
import { inList } from '$lib/inbox/lists.ts';
import type { SmallStore } from '$lib/session/people-here.ts';
import type { OutboxItem } from '$lib/tablet/tablet.ts';

/** An emergency of theirs that has not left this tablet. No patient, no words: whom to ring. */
const waitingEmergencySchema = z.object({
  /** Random id of the event, by which others say that it has left after all. */
  event: z.string().max(100),
  /** From then on it is an alarm. */
  alarmAt: instantSchema,
  /** As the hospital's telephone knows it; null: the switchboard. */
  number: z.string().max(40).nullable(),
});

const keptCountsSchema = z.object({
  emergency: z.int().min(0),
  urgent: z.int().min(0),
  routine: z.int().min(0),
  /** Ids of what waits to be sent; random, like the ids of parcels. */
  waiting: z.array(z.string().max(100)).max(5_000),
  alarms: z.array(waitingEmergencySchema).max(100),
  /** Server's time at which this was true. */
  asOf: instantSchema,
  /** The hospital's; null while it is not known. */
  timeZone: z.string().max(60).nullable().default(null),
});

/** What a locked tablet may show of a person's work: how much of which urgency, and what has not left. Never a name of a patient, never a word. */
export type KeptCounts = z.infer<typeof keptCountsSchema>;

export interface Countable {
  readonly person: PersonId;
  readonly directory: Directory;
  readonly openConsults: readonly Consult[];
  readonly outbox: readonly OutboxItem[];
  /** Events whose alarm somebody has dealt with. */
  readonly settled: ReadonlySet<string>;
  readonly now: Instant;
}

/** A number to ring for a department: its extension, else the first on call. */
function numberOf(directory: Directory, department: DepartmentId | null, now: Instant): string | null {
  if (department === null) return null;
  const extension = directory.departments.get(department)?.extension ?? null;
  if (extension !== null) return extension;
  const doctor = onCall(directory, department, 'first', now);
  return doctor === null ? null : (directory.people.get(doctor)?.phone ?? null);
}

export function countsOf(of: Countable): KeptCounts {
  const { person, directory, now, outbox } = of;
  const me = directory.people.get(person);
  const departments = me === undefined ? [] : membershipsAt(me, now).map(({ department }) => department);
  const reader = { person, departments };
  const counts = { emergency: 0, urgent: 0, routine: 0 };
  for (const consult of of.openConsults)
    if (inList('department', consult, reader) || inList('mine', consult, reader))
      counts[consult.urgency] += 1;

  const waiting = outbox.filter(
    ({ event, delivery }) => delivery.state === 'on-this-tablet' && event.type !== 'opened',
  );
  const since = new Map<string, Instant>(
    waiting.flatMap(({ event, delivery }) =>
      delivery.state === 'on-this-tablet' ? [[event.id, delivery.since] as const] : [],
    ),
  );
  const departmentOf = (id: ConsultId): DepartmentId | null =>
    of.openConsults.find((consult) => consult.id === id && isOpen(consult.status))?.receivingDepartment ??
    null;
  // Asked as of when the youngest of them would be one: nobody looks at the records then.
  const alarms = undeliveredEmergencies(outbox, of.settled, departmentOf, addMs(now, alarmAfterMs));
  return {
    ...counts,
    waiting: waiting.map(({ event }) => event.id),
    alarms: alarms.map(({ event, department }) => ({
      event,
      alarmAt: addMs(since.get(event) ?? addMs(now, -alarmAfterMs), alarmAfterMs),
      number: numberOf(directory, department, now),
    })),
    asOf: now,
    timeZone: directory.organisation?.timeZone ?? null,
  };
}

const keyOf = (person: PersonId): string => `hc-lock:${person}`;

/** Kept outside the sealed records, so that a locked tablet can say it. */
export interface CountsHere {
  of(person: PersonId): KeptCounts | null;
  keep(person: PersonId, counts: KeptCounts): void;
  /** These have reached the server, or wait nowhere any more: said by who sends for a locked person. */
  left(person: PersonId, events: readonly string[]): void;
}

export function createCountsHere(store: SmallStore): CountsHere {
  function of(person: PersonId): KeptCounts | null {
    const text = store.getItem(keyOf(person));
    if (text === null) return null;
    try {
      return keptCountsSchema.safeParse(JSON.parse(text)).data ?? null;
    } catch {
      // Not JSON: as good as not there.
      return null;
    }
  }
  function keep(person: PersonId, counts: KeptCounts): void {
    try {
      store.setItem(keyOf(person), JSON.stringify(counts));
    } catch {
      // Full: the lock screen shows what it last knew, with the time of it. The records themselves lie elsewhere.
    }
  }
  return {
    of,
    keep,
    left(person, events) {
      const before = of(person);
      if (before === null) return;
      const gone = new Set(events);
      keep(person, {
        ...before,
        waiting: before.waiting.filter((each) => !gone.has(each)),
        alarms: before.alarms.filter(({ event }) => !gone.has(event)),
      });
    },
  };
}
