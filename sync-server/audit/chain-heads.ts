import { z } from 'zod';
import type { Database } from '#server/store/port.ts';
import { hashOf, hasRightHash, type AuditKey } from './entry-hash.ts';
import { auditEntryId, chainHeadSchema, type ChainHead } from './entry.ts';

/**
 * Document `head:<process>`: how long the chain was when this was last written, some seconds ago at most. It is there before the first entry.
 * `named`: the length at which a later chain's first entry has named it; nobody needs to name it again while it grows no more.
 */
const headDocumentSchema = chainHeadSchema.extend({
  kind: z.literal('audit-head'),
  named: z.int().min(0).nullable(),
  hash: z.string(),
  check: z.string(),
});
export type HeadDocument = z.infer<typeof headDocumentSchema>;

export const headId = (process: string): string => `head:${process}`;
const pageLimit = 500;
const maxTries = 20;

const checkOf = (key: AuditKey, { check: _check, ...rest }: Readonly<Record<string, unknown>>): string =>
  hashOf(key, { of: 'head', value: rest });

/** null: not a head, or not one that this hospital's server wrote. */
export function headOf(key: AuditKey, body: Readonly<Record<string, unknown>>): HeadDocument | null {
  const parsed = headDocumentSchema.safeParse(body);
  return parsed.success && checkOf(key, body) === parsed.data.check ? parsed.data : null;
}

function bodyOf(key: AuditKey, head: ChainHead, named: number | null): HeadDocument {
  const { process, count, hash } = head;
  const body = { kind: 'audit-head' as const, process, count, hash, named };
  return { ...body, check: checkOf(key, body) };
}

/** Writes how far a chain has come; never backwards. `named` null leaves what stands there. */
export async function keepHead(
  database: Database,
  key: AuditKey,
  head: ChainHead,
  named: number | null,
): Promise<void> {
  const id = headId(head.process);
  for (let tries = 0; tries < maxTries; tries++) {
    const stored = await database.get(id);
    const held = stored === null ? null : headOf(key, stored.body);
    if (held !== null && (held.count > head.count || (held.count === head.count && named === null))) return;
    const body = bodyOf(key, head, named ?? held?.named ?? null);
    const [outcome] = await database.write([{ id, rev: stored?.rev, body: { ...body } }]);
    if (outcome?.type === 'written' || outcome?.type === 'unproven') return;
    if (outcome?.type === 'rejected') throw new Error('the head of a chain was refused');
  }
  throw new Error('the head of a chain changes faster than it can be written');
}

/** Where the chain really ends: entries may have been stored after the head was. A hole ends it. */
async function endOf(database: Database, key: AuditKey, head: ChainHead): Promise<ChainHead> {
  let end = head;
  for (;;) {
    const rows = await database.scan({
      startKey: auditEntryId(head.process, end.count),
      endKey: `entry:${head.process}:~`,
      limit: pageLimit,
      includeDocs: true,
    });
    for (const { id, doc } of rows) {
      const body = doc?.body ?? {};
      const isNext =
        id === auditEntryId(head.process, end.count) && body['prev'] === end.hash && hasRightHash(key, body);
      if (!isNext) return end;
      end = { process: head.process, count: end.count + 1, hash: String(body['hash']) };
    }
    if (rows.length < pageLimit) return end;
  }
}

async function headDocuments(database: Database, key: AuditKey): Promise<HeadDocument[]> {
  const found: HeadDocument[] = [];
  for (let startKey = headId(''); ;) {
    const rows = await database.scan({ startKey, endKey: headId('~'), limit: pageLimit, includeDocs: true });
    for (const { doc } of rows) {
      const head = doc === undefined ? null : headOf(key, doc.body);
      if (head !== null) found.push(head);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageLimit) return found;
    startKey = `${last.id}\u0000`;
  }
}

/** The true ends of all chains but `own` that no later chain has named at their present length. */
export async function headsToName(database: Database, key: AuditKey, own: string): Promise<ChainHead[]> {
  const found: ChainHead[] = [];
  for (const { process, count, hash, named } of await headDocuments(database, key)) {
    if (process === own) continue;
    const end = await endOf(database, key, { process, count, hash });
    if (end.count > 0 && end.count !== named) found.push(end);
  }
  return found;
}

/** How many entries stand without a hash, from before there were chains; null where a chain has been begun already. */
export async function unchainedCount(database: Database): Promise<number | null> {
  if ((await database.scan({ startKey: headId(''), endKey: headId('~'), limit: 1 })).length > 0) return null;
  let count = 0;
  for (let startKey = 'entry:'; ;) {
    const rows = await database.scan({ startKey, endKey: 'entry:~', limit: pageLimit });
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageLimit) return count;
    startKey = `${last.id}\u0000`;
  }
}
