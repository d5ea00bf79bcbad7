import type PouchDB from 'pouchdb-core';
import type { PouchWriteRow } from 'pouchdb-core';

/**
 * `bulkDocs` with no document twice in one call; the rows are in the order of `docs`. PouchDB 9.0.0 merges a write it refuses into the revision
 * tree that another write to the same document in the same call stores: a live leaf without a body would stay for good.
 */
export async function bulkDocsInRounds(
  pouch: PouchDB,
  docs: readonly Record<string, unknown>[],
): Promise<PouchWriteRow[]> {
  const rows: PouchWriteRow[] = [];
  let waiting = docs.map((doc, index) => ({ doc, index }));
  while (waiting.length > 0) {
    const ids = new Set<unknown>();
    const later: typeof waiting = [];
    const round = waiting.filter((entry) => {
      const id = entry.doc['_id'];
      if (!ids.has(id)) {
        ids.add(id);
        return true;
      }
      later.push(entry);
      return false;
    });
    const answers = await pouch.bulkDocs(round.map(({ doc }) => doc));
    round.forEach(({ index }, at) => {
      const answer = answers[at];
      if (answer) rows[index] = answer;
    });
    waiting = later;
  }
  return rows;
}
