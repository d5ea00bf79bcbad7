import { maxEventBytes, type DocumentKind, type HeldEvent } from '#shared/event/envelope.ts';
import type { DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { SaveFailure } from './tablet.ts';

export interface Act {
  readonly kind: DocumentKind;
  readonly document: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly id: EventId;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly occurredAt: Instant;
  readonly order: number;
  readonly offsetMs: number | null;
}

const encoder = new TextEncoder();

/** The outbox entry of one act on a document of which `seen` is everything the author could see. */
export function outboxEntryOf(act: Act, seen: readonly HeldEvent[]): Result<OutboxEntry, SaveFailure> {
  const event: HeldEvent = {
    v: 1,
    id: act.id,
    document: act.document,
    type: act.type,
    author: act.author,
    device: act.device,
    lamport: 1 + seen.reduce((highest, each) => Math.max(highest, each.lamport), 0),
    base: seen.reduce((highest, each) => Math.max(highest, each.n ?? 0), 0),
    occurredAt: act.occurredAt,
    // Plain data, as it will travel: no shared references, nothing undefined.
    body: JSON.parse(JSON.stringify(act.body)) as Record<string, unknown>,
  };
  const bytes = encoder.encode(JSON.stringify(event)).length;
  if (bytes > maxEventBytes) return err({ type: 'too-large', bytes, maxBytes: maxEventBytes });
  return ok({
    id: act.id,
    document: act.document,
    kind: act.kind,
    order: act.order,
    event,
    accepted: null,
    offsetAtWritingMs: act.offsetMs,
  });
}
