import type { Actor } from '#server/http/context.ts';
import type { Database } from '#server/store/port.ts';
import type { AuditRead } from '#shared/audit/protocol.ts';
import type { AuditTrail } from './audit.ts';
import type { AuditKey } from './entry-hash.ts';
import { storeOnce } from './store-once.ts';

/**
 * Stores what a tablet says was opened on it, each once however often it is said: resolves when all are in the audit and named by the chain. The id is
 * the person's own, so nobody can use up somebody else's.
 */
export async function storeOfflineReads(
  deps: { database: Database; trail: Pick<AuditTrail, 'linkMoved'>; key: AuditKey },
  actor: Actor,
  reads: readonly AuditRead[],
): Promise<void> {
  const { database, trail, key } = deps;
  const { person, device, address, at } = actor;
  const entries = reads.map((read) => ({
    id: `read:${person}:${read.id}`,
    at,
    actor: { person, device, address, at },
    action: read.action,
    subjects: [read.subject],
    outcome: 'done',
    openedAt: read.openedAt,
  }));
  const { moved, refused } = await storeOnce(database, key, entries);
  if (refused.length > 0) throw new Error('a read could not be stored');
  // Also what was there already: its link may have been cut off with the process that stored it.
  await trail.linkMoved(at, moved);
}
