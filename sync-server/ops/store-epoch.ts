import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { followAnew } from '#server/store/follow-anew.ts';
import type { Database, Following } from '#server/store/port.ts';
import { instantSchema, type Clock, type Instant } from '#shared/lib/instant.ts';

export const storeEpochId = 'store-epoch';
const epochReasonSchema = z.enum(['first-start', 'restored', 'store-behind']);
export type EpochReason = z.infer<typeof epochReasonSchema>;
const storeEpochSchema = z.looseObject({
  kind: z.literal('store-epoch'),
  epoch: z.string().min(1).max(64),
  reason: epochReasonSchema.optional(),
  mintedAt: instantSchema.optional(),
});

/**
 * Names one unbroken life of the store. After a restore it is another one, so that tablets know that the store may have lost events
 * they hold.
 */
export interface StoreEpoch {
  current(): string;
  /** When this life began with a store that may have lost what tablets hold; null: it is the first life. */
  setBackAt(): Instant | null;
  /** Begins a new life. Safe to call twice; the last one stands. */
  mint(reason: EpochReason): Promise<string>;
  onChange(listener: (epoch: string) => void): () => void;
  close(): Promise<void>;
}

interface HeldEpoch {
  readonly epoch: string;
  readonly setBackAt: Instant | null;
}

async function readEpoch(meta: Database): Promise<(HeldEpoch & { readonly rev: string }) | null> {
  const held = await meta.get(storeEpochId);
  if (held === null) return null;
  const { epoch, reason, mintedAt } = storeEpochSchema.parse(held.body);
  const isFirst = reason === undefined || reason === 'first-start';
  return { epoch, setBackAt: isFirst ? null : (mintedAt ?? null), rev: held.rev };
}

/** Writes a new epoch whatever stands there; also for a store that no server has open (a restore). */
export async function mintEpoch(meta: Database, clock: Clock, reason: EpochReason): Promise<string> {
  for (;;) {
    const held = await readEpoch(meta);
    const epoch = randomUUID();
    const body = { kind: 'store-epoch', epoch, reason, mintedAt: clock.now() };
    const [outcome] = await meta.write([{ id: storeEpochId, rev: held?.rev, body }]);
    if (outcome?.type === 'written') return epoch;
    if (outcome?.type === 'unproven') return (await readEpoch(meta))?.epoch ?? epoch;
    // Another gateway minted at the same moment: at a first start its epoch is as good as ours.
    const other = await readEpoch(meta);
    if (reason === 'first-start' && other !== null) return other.epoch;
  }
}

/** Reads the epoch, mints the first one, and follows what other gateways mint. */
export async function openStoreEpoch(deps: {
  meta: Database;
  clock: Clock;
  logger: Logger;
}): Promise<StoreEpoch> {
  const { meta, clock, logger } = deps;
  const since = await meta.position();
  let current: HeldEpoch = (await readEpoch(meta)) ?? {
    epoch: await mintEpoch(meta, clock, 'first-start'),
    setBackAt: null,
  };
  const listeners = new Set<(epoch: string) => void>();

  function take(held: HeldEpoch): void {
    if (held.epoch === current.epoch) return;
    current = held;
    const { epoch } = held;
    logger.warn({ epoch }, 'the store has a new epoch');
    for (const listener of listeners) listener(epoch);
  }

  const following: Following = followAnew(meta, {
    since,
    onChange: async (page) => {
      if (!page.changes.some((change) => change.id === storeEpochId)) return;
      const held = await readEpoch(meta);
      if (held !== null) take(held);
    },
    onError: (error) => logger.warn({ err: error }, 'the feed of the meta database was interrupted'),
  });

  return {
    current: () => current.epoch,
    setBackAt: () => current.setBackAt,
    async mint(reason) {
      const epoch = await mintEpoch(meta, clock, reason);
      const held = await readEpoch(meta);
      take(
        held?.epoch === epoch ? held : { epoch, setBackAt: reason === 'first-start' ? null : clock.now() },
      );
      return current.epoch;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => following.stop(),
  };
}
