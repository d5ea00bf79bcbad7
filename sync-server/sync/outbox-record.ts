import type { Logger } from 'pino';
import { z } from 'zod';
import type { Database } from '#server/store/port.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

const recordSchema = z.looseObject({ kind: z.literal('outbox'), emptyAt: instantSchema, unsent: z.int() });

export interface OutboxOwner {
  readonly person: PersonId;
  readonly device: DeviceId;
}

/**
 * When each person's outbox on each device was last known to be empty, by the server's clock: nothing written there can have waited longer.
 * Kept in the store, so that every gateway knows it; written behind the answer, because a lost note only loosens a limit.
 */
export interface OutboxRecord {
  /** null: never known. */
  lastEmptyAt(owner: OutboxOwner): Promise<Instant | null>;
  /** `unsent` 0: it was empty at `at`. */
  report(owner: OutboxOwner, unsent: number, at: Instant): void;
  idle(): Promise<void>;
}

const first = <K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined => {
  for (const entry of map) return entry;
  return undefined;
};

const idOf = ({ person, device }: OutboxOwner): string => `outbox:${device}:${person}`;

export function createOutboxRecord(deps: { meta: Database; logger: Logger }): OutboxRecord {
  const { meta, logger } = deps;
  const waiting = new Map<string, { unsent: number; at: Instant }>();
  let running: Promise<void> | null = null;

  const read = async (id: string): Promise<{ rev: string; emptyAt: Instant; unsent: number } | null> => {
    const held = await meta.get(id);
    if (held === null) return null;
    const parsed = recordSchema.safeParse(held.body);
    return parsed.success ? { ...parsed.data, rev: held.rev } : null;
  };

  async function store(id: string, { unsent, at }: { unsent: number; at: Instant }): Promise<void> {
    const held = await read(id);
    // Only an outbox that was seen empty once can be told apart from one never heard of.
    if (held === null && unsent > 0) return;
    const emptyAt = unsent > 0 ? (held?.emptyAt ?? at) : at;
    if (held !== null && (held.emptyAt > emptyAt || (held.emptyAt === emptyAt && held.unsent === unsent)))
      return;
    await meta.write([{ id, rev: held?.rev, body: { kind: 'outbox', emptyAt, unsent } }]);
  }

  async function drain(): Promise<void> {
    for (let next = first(waiting); next !== undefined; next = first(waiting)) {
      const [id, report] = next;
      try {
        await store(id, report);
      } catch (cause) {
        logger.warn({ err: cause }, 'an outbox note could not be stored');
      }
      // It answers `lastEmptyAt` until it can be read back; what was reported meanwhile is stored next.
      if (waiting.get(id) === report) waiting.delete(id);
    }
    running = null;
  }

  return {
    async lastEmptyAt(owner) {
      const id = idOf(owner);
      const fresh = waiting.get(id);
      if (fresh?.unsent === 0) return fresh.at;
      return (await read(id))?.emptyAt ?? null;
    },
    report(owner, unsent, at) {
      waiting.set(idOf(owner), { unsent, at });
      running ??= Promise.resolve().then(drain);
    },
    async idle() {
      while (running !== null) await running;
    },
  };
}
