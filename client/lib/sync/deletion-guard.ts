import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import type { ServerPort } from './server-port.ts';
import type { TabletStore } from './tablet-store.ts';

/** More than this many, and more than this share of what is held, is not believed at the first word. */
export const deletionCeiling = { count: 50, share: 0.3 };
const longestCompare = 50_000;
const ledgerLength = 200;
export const ledgerKey = 'ledger:deletions';

export type DeletionReason = 'left-scope' | 'state-check';
export interface DeletionRecord {
  readonly at: Instant;
  readonly collection: CollectionName;
  readonly reason: DeletionReason;
  readonly count: number;
  /** A second, fresh comparison agreed. */
  readonly confirmed: boolean;
}

export interface DeletionGuard {
  /**
   * Those of `ids` that may be removed now. null: the server could not be asked a second time, so nothing may go yet.
   * Counts what was allowed since `newRun`, so that many small pages do not slip under the ceiling.
   */
  allow(ids: readonly string[], reason: DeletionReason): Promise<ReadonlySet<string> | null>;
  newRun(): void;
}

export function createDeletionGuard(parts: {
  readonly collection: CollectionName;
  readonly store: TabletStore;
  readonly server: ServerPort;
  readonly clock: Clock;
}): DeletionGuard {
  const { collection, store, server, clock } = parts;
  let removedInRun = 0;
  let heldAtStart: number | null = null;

  async function record(reason: DeletionReason, count: number, confirmed: boolean): Promise<void> {
    const ledger = await store.note(ledgerKey);
    const entry: DeletionRecord = { at: clock.now(), collection, reason, count, confirmed };
    // A ledger that cannot be written must not keep a person who left a department seeing its patients.
    await store.putNote(
      ledgerKey,
      [...(Array.isArray(ledger) ? (ledger as unknown[]) : []), entry].slice(-ledgerLength),
    );
  }

  return {
    newRun() {
      removedInRun = 0;
      heldAtStart = null;
    },
    async allow(ids, reason) {
      const versions = await store.versions(collection);
      const here = ids.filter((id) => versions.has(id));
      heldAtStart ??= versions.size;
      if (here.length === 0) return new Set();
      const ceiling = Math.max(deletionCeiling.count, deletionCeiling.share * heldAtStart);
      if (removedInRun + here.length <= ceiling) {
        removedInRun += here.length;
        await record(reason, here.length, false);
        return new Set(here);
      }
      if (versions.size > longestCompare) return null;
      const answer = await server.compare({ collection, held: [...versions] });
      if (!answer.ok) return null;
      const drop = new Set(answer.value.body.drop);
      const confirmed = new Set(here.filter((id) => drop.has(id)));
      removedInRun += confirmed.size;
      await record(reason, confirmed.size, true);
      return confirmed;
    },
  };
}
