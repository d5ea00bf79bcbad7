import { canonicalJson } from '#shared/event/canonical.ts';
import { StoreUnavailable, type Database, type StoredDocument } from '../port.ts';
import type { Merge } from './merge.ts';

/** More rounds than writers could plausibly force; beyond it the feed will bring the document again. */
const mostRounds = 20;

/**
 * Merges all live leaves of a document into one and removes the losers; null when none is left alive, and nothing is written when there is
 * only one leaf. A loser is removed only after what it says was read back in the winner or proven written there, so two gateways may do this at once and a
 * crash in between only leaves work for the next look. Throws `StoreUnavailable`; also when others write without pause.
 */
export async function resolveConflicts(
  database: Database,
  id: string,
  merge: Merge,
): Promise<StoredDocument | null> {
  for (let round = 0; round < mostRounds; round++) {
    const [winner, ...losers] = await database.leaves(id);
    if (!winner) return null;
    if (losers.length === 0) return winner;
    const body = merge([winner, ...losers]);
    if (canonicalJson(body) !== canonicalJson(winner.body)) {
      const [outcome] = await database.write([{ id, rev: winner.rev, body }]);
      if (outcome?.type === 'rejected') throw new Error(`the merged document was refused: ${outcome.reason}`);
      if (outcome?.type !== 'written') continue;
    }
    await database.removeLeaves(
      id,
      losers.map((leaf) => leaf.rev),
    );
  }
  throw new StoreUnavailable('a document with conflicts changes faster than they can be resolved');
}
