import { ageAtArrival, type Age } from '#shared/consult/age.ts';
import type { AuthoredEnvelope, DocumentKind } from '#shared/event/envelope.ts';
import { parseAuthoredEventOfAnyKind } from '#shared/event/parse.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, latest, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { PushOutcome, RefusalCode } from '#shared/sync/protocol.ts';
import type { OutboxOwner } from './outbox-record.ts';

/** An event of good form from its own author's session, with the times it is judged by. */
export interface Arrived {
  readonly kind: DocumentKind;
  readonly event: AuthoredEnvelope;
  readonly age: Age;
  /** The corrected time of writing, back to the offline lease at most. */
  readonly writtenAt: Instant;
}

/** What is known of the push an item came with. */
export interface Sending {
  readonly owner: OutboxOwner;
  /** The device's clock. */
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
  readonly outboxLastEmptyAt: Instant | null;
  readonly offlineLeaseHours: number;
  /** True for others whose events may come with this sender; absent: for nobody. */
  readonly mayBringFor?: (person: PersonId) => boolean;
}

export const hourMs = 60 * 60_000;

/** The id of something that could not be parsed, as far as it has one. */
function idOf(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return '';
  return typeof raw.id === 'string' && /^[0-9a-z:-]{1,240}$/.test(raw.id) ? raw.id : '';
}

/** The parts of a pushed item, each judged later; `clockJumped` null: the item has another shape. */
function partsOf(raw: unknown): { event: unknown; clockJumped: boolean | null } {
  if (typeof raw !== 'object' || raw === null || !('event' in raw)) return { event: null, clockJumped: null };
  const isWhole = Object.keys(raw).length === 2 && 'clockJumped' in raw;
  return {
    event: raw.event,
    clockJumped: isWhole && typeof raw.clockJumped === 'boolean' ? raw.clockJumped : null,
  };
}

const leftOnTablet = (id: string, code: RefusalCode): Result<never, PushOutcome> =>
  err({ id, outcome: 'refused', code, kept: 'tablet' });

/** Reads one item of a push; the error is its outcome: nothing of it can be kept here. */
export function arrivedFrom(raw: unknown, sending: Sending): Result<Arrived, PushOutcome> {
  const { event: rawEvent, clockJumped } = partsOf(raw);
  const parsed = parseAuthoredEventOfAnyKind(rawEvent);
  if (!parsed.ok) return leftOnTablet(idOf(rawEvent), parsed.error.code);
  if (clockJumped === null) return leftOnTablet(idOf(rawEvent), 'malformed');
  const { kind, event } = parsed.value;
  const { owner, sentAt, receivedAt, outboxLastEmptyAt } = sending;
  const isOwn = event.author === owner.person;
  if (event.device !== owner.device || (!isOwn && sending.mayBringFor?.(event.author) !== true)) {
    return leftOnTablet(event.id, 'not-yours');
  }
  const { occurredAt } = event;
  const age = ageAtArrival({
    occurredAt,
    sentAt,
    clockJumped,
    // It was the sender's own outbox that was empty then.
    outboxLastEmptyAt: isOwn ? outboxLastEmptyAt : null,
    receivedAt,
  });
  const leaseBegan = addMs(receivedAt, -sending.offlineLeaseHours * hourMs);
  return ok({ kind, event, age, writtenAt: latest(age.startsAt, leaseBegan) });
}
