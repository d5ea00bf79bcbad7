import type { Database, Write } from '#server/store/port.ts';
import { hashOf, type AuditKey } from './entry-hash.ts';
import { movedEntryId } from './entry.ts';

type Entry = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * Puts entries into the audit under their own ids: each once, whoever says it and however often; what stands there first stays. Returns the id and hash of
 * each for a chain to name, without those the store will never take.
 */
export async function storeOnce(
  database: Database,
  key: AuditKey,
  entries: readonly Entry[],
): Promise<{ readonly moved: { id: string; hash: string }[]; readonly refused: readonly string[] }> {
  const writes = [...new Map(entries.map((entry) => [entry.id, entry])).values()].map((entry) => {
    const body = { ...entry, kind: 'audit-entry' };
    return { entry: entry.id, hash: hashOf(key, body), id: movedEntryId(entry.id), body };
  });
  const outcomes = await database.write(
    writes.map(({ id, hash, body }): Write => ({ id, body: { ...body, hash } })),
  );
  const ofType = (type: string) => writes.filter((_write, at) => outcomes[at]?.type === type);
  const [refused, before] = [ofType('rejected'), ofType('conflict')];
  const held = before.length === 0 ? [] : await database.getMany(before.map(({ id }) => id));
  const hashes = new Map(held.flatMap((one) => (one === null ? [] : [[one.id, String(one.body['hash'])]])));
  return {
    moved: writes
      .filter((write) => !refused.includes(write))
      .map(({ entry, id, hash }) => ({ id: entry, hash: hashes.get(id) ?? hash })),
    refused: refused.map(({ entry }) => entry),
  };
}
