import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import { StoreUnavailable, type Database, type StoredDocument } from '#server/store/port.ts';

const maxTries = 20;

/**
 * Reads, changes and writes one document until no other write came in between; null when `change` says so.
 * What a cluster could not prove is merged and looked at again.
 */
export async function changeDocument<T extends Record<string, unknown>>(
  database: Database,
  id: string,
  change: (held: StoredDocument | null) => T | null,
): Promise<T | null> {
  for (let tries = 0; tries < maxTries; tries++) {
    const held = await database.get(id);
    const body = change(held);
    if (body === null) return null;
    const [outcome] = await database.write([{ id, rev: held?.rev, body }]);
    if (outcome?.type === 'written') return body;
    if (outcome?.type === 'rejected') throw new Error(`the store refused a document: ${outcome.reason}`);
    if (outcome?.type === 'unproven') await resolveConflicts(database, id, documentMerges[database.name]);
  }
  throw new StoreUnavailable('a document changes faster than it can be written');
}
