import type { Logger } from 'pino';
import type { Sealer } from '#server/keys/sealer.ts';
import type { StoreEpoch } from '#server/ops/store-epoch.ts';
import { storeEpochId } from '#server/ops/store-epoch.ts';
import type { Database } from '#server/store/port.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import {
  heldEventSchema,
  isStamped,
  viaSchema,
  type DocumentKind,
  type StampedEvent,
} from '#shared/event/envelope.ts';
import { eventIdSchema, type EventId } from '#shared/lib/id.ts';
import type { DocumentWriter } from './document-writer.ts';
import type { HeldBack } from './held-back.ts';
import { eventsOf } from './wire-document.ts';

export interface OfferedDocument {
  readonly id: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}
export interface Taken {
  readonly id: string;
  readonly restored: number;
  readonly refused: string[];
}

export interface OfferTaker {
  /** Documents of which some of these events are missing here: taking them would change the record. */
  missing(kind: DocumentKind, documents: readonly OfferedDocument[]): Promise<string[]>;
  take(kind: DocumentKind, documents: readonly OfferedDocument[]): Promise<Taken[]>;
}

const first: Readonly<Record<DocumentKind, string>> = { consult: 'submitted', patient: 'registered' };

/** Takes back events that the store lost, from whoever holds them: the seal says that they were accepted here, and with which stamps. */
export function createOfferTaker(deps: {
  sealer: Sealer;
  writerOf: (kind: DocumentKind) => DocumentWriter;
  epoch: StoreEpoch;
  meta: Database;
  databaseOf: (kind: DocumentKind) => Database;
  heldBack: Pick<HeldBack, 'withdraw'>;
  logger: Logger;
}): OfferTaker {
  const { sealer, writerOf, epoch, meta, heldBack, logger } = deps;

  function proven(document: string, raw: Readonly<Record<string, unknown>>): StampedEvent | null {
    const parsed = heldEventSchema.safeParse(raw);
    if (!parsed.success || !isStamped(parsed.data) || parsed.data.document !== document) return null;
    const event = parsed.data;
    const via = viaSchema.safeParse(event.via);
    if (event.seal === undefined || !via.success) return null;
    const { n, receivedAt } = event;
    return sealer.verify(canonicalEvent(event), { n, receivedAt, via: via.data }, event.seal) ? event : null;
  }

  const nameOf = (raw: Readonly<Record<string, unknown>>): string => {
    const id = eventIdSchema.safeParse(raw['id']);
    return id.success ? id.data : '';
  };

  type TakenNow = Taken & { readonly newestAt: string; readonly inRecord: readonly StampedEvent[] };

  function takeOne(kind: DocumentKind, { id, events }: OfferedDocument): Promise<TakenNow> {
    const good: StampedEvent[] = [];
    const refused: string[] = [];
    for (const raw of events) {
      const event = proven(id, raw);
      if (event === null) refused.push(nameOf(raw));
      else good.push(event);
    }
    const none = { id, restored: 0, refused, newestAt: '', inRecord: [] };
    return writerOf(kind).submit({
      documentId: id,
      rejected: () => ({ ...none, refused: events.map(nameOf) }),
      run(document) {
        const hasFirst = [...document.events, ...good].some((event) => event.type === first[kind]);
        if (!hasFirst) return { done: () => ({ ...none, refused: events.map(nameOf) }) };
        const restored = good.filter((event) => document.restore(event));
        const newestAt = restored.reduce((at, event) => (event.receivedAt > at ? event.receivedAt : at), '');
        return { done: () => ({ ...none, restored: restored.length, newestAt, inRecord: good }) };
      },
    });
  }

  return {
    async missing(kind, documents) {
      const held = await deps.databaseOf(kind).getMany(documents.map(({ id }) => id));
      return documents.flatMap(({ id, events }, at) => {
        const there = new Set(eventsOf(held[at]?.body ?? {}).map((event) => event.id));
        const lost = events.some((raw) => !there.has(nameOf(raw) as EventId) && proven(id, raw) !== null);
        return lost ? [id] : [];
      });
    },

    async take(kind, documents) {
      const taken = await Promise.all(documents.map((document) => takeOne(kind, document)));
      // One that was sent again meanwhile was perhaps judged without what came back now.
      await heldBack.withdraw(taken.flatMap(({ inRecord }) => inRecord));
      const newestAt = taken.reduce((at, one) => (one.newestAt > at ? one.newestAt : at), '');
      if (newestAt !== '') {
        const mintedAt: unknown = (await meta.get(storeEpochId))?.body['mintedAt'];
        // Accepted in this epoch and gone: the store was set back without anybody saying so.
        if (typeof mintedAt === 'string' && newestAt > mintedAt) {
          logger.error('a tablet holds events that the store has lost: it was set back');
          await epoch.mint('store-behind');
        }
      }
      return taken.map(({ id, restored, refused }) => ({ id, restored, refused }));
    },
  };
}
