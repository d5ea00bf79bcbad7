import type { Directory } from '#shared/directory/directory.ts';
import { offlineLeaseHoursOf } from '#shared/directory/organisation.ts';
import type { Person } from '#shared/directory/staff.ts';
import { fullShare, isStamped, type AuthoredEnvelope, type HeldEvent } from '#shared/event/envelope.ts';
import { cannotBeFull, fullnessOf } from '#shared/event/size.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { RefusalCode } from '#shared/sync/protocol.ts';
import type { AuthoredConsultType } from './events.ts';
import { mayAct } from './permissions.ts';
import { projectConsult } from './project.ts';
import { takenWhenFull } from './transitions.ts';

export type Judgement =
  { readonly verdict: 'accept' } | { readonly verdict: 'refuse'; readonly code: RefusalCode };

export interface Case {
  /** Parsed by parseAuthoredEvent('consult', …). */
  readonly event: AuthoredEnvelope;
  /** What the store holds, all of it stamped; [] when the document does not exist yet. */
  readonly documentEvents: readonly HeldEvent[];
  readonly person: Person;
  readonly directory: Directory;
  /** The corrected time of writing, back to the offline lease at most. */
  readonly writtenAt: Instant;
}

/** How far a lamport may run ahead: unsent siblings on the tablet, some of which may never have been accepted. */
export const lamportMargin = 64;
/**
 * What the server took longer than this before an act was written is known to its author, whatever `base` says: no tablet may be offline
 * longer. Where the hospital's lease is longer, that counts; a shorter one does not, for it may have been longer when the tablet went offline.
 */
const longestOfflineHours = 72;
/** Closing acts and marks go past the limits, up to this multiple of them: a full consult must end, a flood must too. */
export const hardFullness = 2;

const accept: Judgement = { verdict: 'accept' };
const refuse = (code: RefusalCode): Judgement => ({ verdict: 'refuse', code });

/**
 * Whether the server takes an act into the record. Permission is judged as of writing: on what the author had seen, and on
 * what the author was then. Whether the act still changes anything is not asked here: that is the projection's.
 * An act on a document that does not exist is refused as 'not-first'; the caller lets it wait instead where it can.
 */
export function judgeEvent({ event, documentEvents, person, directory, writtenAt }: Case): Judgement {
  if (event.author !== person.id) return refuse('not-yours');
  const isFirst = documentEvents.length === 0;
  if ((event.type === 'submitted') !== isFirst) return refuse('not-first');
  const { highestLamport, highestN } = highestOf(documentEvents);
  if (event.lamport > highestLamport + 1 + lamportMargin) return refuse('lamport-out-of-range');
  if (event.base > highestN) return refuse('base-in-the-future');
  if (isFull(event, documentEvents)) return refuse('document-full');
  const permit = mayAct({
    action: event.type as AuthoredConsultType,
    body: event.body,
    person,
    consult: isFirst ? null : projectConsult(asWritten({ event, documentEvents, directory, writtenAt })),
    directory,
    at: writtenAt,
  });
  return permit.allowed ? accept : refuse(permit.code);
}

/**
 * What the author had before them: all up to `base`, what they themselves wrote before on that tablet, and what is so old that naming a
 * smaller `base` is no excuse: else a permission that was lost could be used for ever.
 */
export function asWritten({
  event,
  documentEvents,
  directory,
  writtenAt,
}: Omit<Case, 'person'>): HeldEvent[] {
  const offlineHours = Math.max(longestOfflineHours, offlineLeaseHoursOf(directory.organisation));
  const knownUntil = addMinutes(writtenAt, -offlineHours * 60);
  return documentEvents.filter(
    (held) =>
      (isStamped(held) && (held.n <= event.base || held.receivedAt < knownUntil)) ||
      (held.author === event.author && held.device === event.device && held.lamport < event.lamport),
  );
}

function highestOf(events: readonly HeldEvent[]): { highestLamport: number; highestN: number } {
  let highestLamport = 0;
  let highestN = 0;
  for (const { lamport, n } of events) {
    if (lamport > highestLamport) highestLamport = lamport;
    if (n !== undefined && n > highestN) highestN = n;
  }
  return { highestLamport, highestN };
}

function isFull(event: AuthoredEnvelope, documentEvents: readonly HeldEvent[]): boolean {
  if (cannotBeFull(documentEvents)) return false;
  return fullnessOf(documentEvents) >= (takenWhenFull.has(event.type) ? hardFullness : fullShare);
}
