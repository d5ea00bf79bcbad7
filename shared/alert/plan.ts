import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, DepartmentId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { Alert, AlertKind } from './alert.ts';
import { tellingsOf } from './tellings.ts';

export interface PlannedAlert {
  /** `<consult>:<cause>:<recipient>`; about no consult: see `announcementIdOf`. */
  readonly id: string;
  /** null: about no consult. */
  readonly consult: ConsultId | null;
  readonly cause: EventId;
  readonly recipient: PersonId;
  readonly as: string;
  readonly about: AlertKind;
  readonly urgency: Urgency;
  /** Where the consult is now; what a notification may say besides the urgency. */
  readonly department: DepartmentId;
  /** Called because this person's devices did not answer; absent: called for their own part. */
  readonly insteadOf?: PersonId;
}

export const alertIdOf = (consult: ConsultId, cause: EventId, recipient: PersonId): string =>
  `${consult}:${cause}:${recipient}`;

/**
 * Id of an alert about no consult. `cause` says what happened, once: a UUID (a rota week's department, a person) followed by `:word` parts, such as
 * `<department>:rota-gap:first:2026-03-02t20-00`.
 */
export const announcementIdOf = (cause: EventId, recipient: PersonId): string => `none:${cause}:${recipient}`;

export interface PlanInput {
  /** As it is after `newEvents`. */
  readonly consult: Consult;
  /** Just accepted, stamped, system events of the same write included. */
  readonly newEvents: readonly HeldEvent[];
  readonly directory: Directory;
  readonly at: Instant;
}

const entriesOf = (consult: Consult, events: readonly HeldEvent[]): TimelineEntry[] => {
  const ids = new Set<string>(events.map((event) => event.id));
  return consult.timeline.filter((entry) => ids.has(entry.event.id));
};

/**
 * Who is told what about events just accepted (ALE-1), in the events' order. Nobody is told about their own act, nobody twice about one
 * cause, and nobody who has left. Planning the same events again gives the same ids.
 */
export function planAlerts({ consult, newEvents, directory, at }: PlanInput): PlannedAlert[] {
  const planned = new Map<string, PlannedAlert>();
  const entries = entriesOf(consult, newEvents);
  for (const entry of entries) {
    for (const telling of tellingsOf({ entry, entries, consult, directory, at })) {
      const { person, as, about, cause, author } = telling;
      if (person === author || directory.people.get(person)?.active !== true) continue;
      const id = alertIdOf(consult.id, cause, person);
      if (planned.has(id)) continue;
      planned.set(id, {
        id,
        consult: consult.id,
        cause,
        recipient: person,
        as,
        about,
        urgency: consult.urgency,
        department: consult.receivingDepartment,
      });
    }
  }
  return [...planned.values()];
}

/** The document of a planned alert. */
export const alertOf = (planned: PlannedAlert, plannedAt: Instant): Alert => ({
  kind: 'alert',
  ...planned,
  plannedAt,
  facts: [{ fact: 'planned', channel: null, device: null, attempt: 0, outcome: null, at: plannedAt }],
});
