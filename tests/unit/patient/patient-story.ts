import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PatientId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import type { AuthoredPatientType, PatientBody } from '#shared/patient/events.ts';
import type { Person } from '#shared/directory/staff.ts';
import {
  deviceId,
  eventId,
  patientContent,
  patientId,
  people,
  stamped,
  storyStart,
} from '#tests/builders.ts';

/** What a tablet would write about a patient, stamped as the `n`th unless `n` is null. */
export function patientEvent<T extends AuthoredPatientType>(
  type: T,
  body: PatientBody<T>,
  {
    n,
    by = people.requester,
    document = patientId('one'),
    lamport = n ?? 99,
    base = Math.max(0, (n ?? 1) - 1),
  }: {
    n: number | null;
    by?: Person;
    document?: PatientId;
    lamport?: number;
    base?: number;
  },
): HeldEvent {
  const event: HeldEvent = {
    v: 1,
    id: eventId(`${type} ${n ?? 'unsent'} ${by.name}`),
    document,
    type,
    author: by.id,
    device: deviceId('one'),
    lamport,
    base,
    occurredAt: storyStart,
    body: { ...body },
  };
  return n === null ? event : stamped(event, n, addMinutes(storyStart, n));
}

export const registered = (over: Parameters<typeof patientContent>[0] = {}): HeldEvent =>
  patientEvent('registered', { content: patientContent(over) }, { n: 1 });
