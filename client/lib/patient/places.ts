import type { EventId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Patient } from '#shared/patient/patient.ts';

export interface PatientPlace {
  /** The event that brought the patient there. */
  readonly event: EventId;
  readonly ward: string;
  readonly bed: string;
  /** null: it has not reached the server yet. */
  readonly at: Instant | null;
  readonly by: string;
}

/** Where the patient is and was, the present place first, each with since when and by whom (PAT-3). */
export function placesOf({ moves, content, timeline }: Patient): readonly PatientPlace[] {
  const arrivals = timeline.filter(({ type }) => type === 'registered' || type === 'moved');
  const authorOf = (event: EventId): string => arrivals.find(({ id }) => id === event)?.author ?? 'system';
  const before = moves.map(({ event, ward, bed, at }) => ({ event, ward, bed, at, by: authorOf(event) }));
  // The one who brought the patient here is the last arrival that is no earlier place's.
  const last = arrivals.findLast(({ id }) => !moves.some(({ event }) => event === id));
  if (last === undefined) return before.reverse();
  const here = {
    event: last.id,
    ward: content.ward,
    bed: content.bed,
    at: last.receivedAt ?? null,
    by: last.author,
  };
  return [here, ...before.reverse()];
}
