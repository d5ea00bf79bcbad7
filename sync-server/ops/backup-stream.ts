import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import { changeDocument } from './change-document.ts';
import { storedChecks, type KeyChecks } from '#server/keys/keys.ts';
import {
  databaseNames,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type ExportedLeaf,
} from '#server/store/port.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { mintEpoch } from './store-epoch.ts';

/**
 * A backup is lines of JSON: a head, leaves of documents, an end with counts and a digest of all lines before it. Databases come in an order in
 * which what is pointed at follows what points at it, so that a document written meanwhile is never without what it names.
 */
export const backupFormat = 'hospital-consult-backup';
const backupOrder: readonly DatabaseName[] = [
  'alerts',
  'claims',
  'quarantine',
  'consults',
  'attachments',
  'patients',
  'audit',
  'accounts',
  'directory',
];
/** What the gateway keeps about this very store (places in feeds, its epoch) means nothing in another one. */
const notBackedUp: readonly DatabaseName[] = databaseNames.filter((name) => !backupOrder.includes(name));

const headSchema = z.object({
  type: z.literal('head'),
  format: z.literal(backupFormat),
  v: z.literal(1),
  madeAt: instantSchema,
  keyChecks: z.record(z.string(), z.string()),
});
const leafSchema = z.object({
  id: z.string(),
  rev: z.string(),
  revisions: z.array(z.string()),
  deleted: z.boolean(),
  body: z.record(z.string(), z.unknown()),
});
const leavesSchema = z.object({
  type: z.literal('leaves'),
  database: z.enum(databaseNames),
  leaves: z.array(leafSchema),
});
const endSchema = z.object({
  type: z.literal('end'),
  leaves: z.record(z.string(), z.int()),
  digest: z.string(),
});
const lineSchema = z.discriminatedUnion('type', [headSchema, leavesSchema, endSchema]);

export interface BackupSummary {
  readonly madeAt: Instant;
  readonly keyChecks: Partial<KeyChecks>;
  /** Leaves per database, tombstones and losers too. */
  readonly leaves: Readonly<Record<string, number>>;
}

/** Lines without their newline. Runs while others write. */
export async function* backupLines(store: DocumentStore, clock: Clock): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const counted: Record<string, number> = {};
  const add = (line: unknown): string => {
    const text = JSON.stringify(line);
    hash.update(`${text}\n`);
    return text;
  };
  const keyChecks = (await storedChecks(store.database('meta'))) ?? {};
  yield add({ type: 'head', format: backupFormat, v: 1, madeAt: clock.now(), keyChecks });
  for (const name of backupOrder) {
    counted[name] = 0;
    for await (const leaves of store.database(name).exportLeaves()) {
      counted[name] += leaves.length;
      yield add({ type: 'leaves', database: name, leaves });
    }
  }
  yield JSON.stringify({ type: 'end', leaves: counted, digest: hash.digest('hex') });
}

export type BackupFault =
  { readonly type: 'not-a-backup' } | { readonly type: 'cut-short' } | { readonly type: 'damaged' };

function parseLine(text: string): z.infer<typeof lineSchema> | null {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: the caller says damaged.
    return null;
  }
}

/** Reads a backup to its end, handing out the leaves as they come; says only at the end whether it was whole. */
export async function readBackup(
  lines: AsyncIterable<string>,
  onLeaves: (database: DatabaseName, leaves: readonly ExportedLeaf[]) => Promise<void>,
): Promise<Result<BackupSummary, BackupFault>> {
  const hash: Hash = createHash('sha256');
  const counted: Record<string, number> = {};
  let head: z.infer<typeof headSchema> | null = null;
  let end: z.infer<typeof endSchema> | null = null;
  for await (const text of lines) {
    if (text === '') continue;
    const line = parseLine(text);
    if (end !== null) return err({ type: 'damaged' });
    if (head === null) {
      if (line?.type !== 'head') return err({ type: 'not-a-backup' });
      head = line;
    } else if (line === null || line.type === 'head') return err({ type: 'damaged' });
    if (line.type === 'end') {
      end = line;
      continue;
    }
    hash.update(`${text}\n`);
    if (line.type === 'leaves') {
      if (notBackedUp.includes(line.database)) return err({ type: 'damaged' });
      counted[line.database] = (counted[line.database] ?? 0) + line.leaves.length;
      await onLeaves(line.database, line.leaves);
    }
  }
  if (head === null) return err({ type: 'not-a-backup' });
  if (end === null) return err({ type: 'cut-short' });
  const isWhole = Object.entries(end.leaves).every(([name, leaves]) => (counted[name] ?? 0) === leaves);
  if (!isWhole || end.digest !== hash.digest('hex')) return err({ type: 'damaged' });
  return ok({ madeAt: head.madeAt, keyChecks: head.keyChecks, leaves: end.leaves });
}

export const verifyBackup = (lines: AsyncIterable<string>): Promise<Result<BackupSummary, BackupFault>> =>
  readBackup(lines, () => Promise.resolve());

/** True for a store in which nobody has worked yet. */
export async function isNewStore(store: DocumentStore): Promise<boolean> {
  for (const name of ['consults', 'patients', 'directory'] as const) {
    if ((await store.database(name).count()) > 0) return false;
  }
  // Each start of a server without an administrator makes a link for the first one: that is nobody's work.
  const accounts = store.database('accounts');
  const before = await accounts.scan({ startKey: '', endKey: 'link:', limit: 1 });
  const after = await accounts.scan({ startKey: 'link:\uffff', limit: 1 });
  return before.length + after.length === 0;
}

/** A session or link that was ended after the backup would come back to life. Everybody signs in again; nobody's work is touched. */
async function endSessionsAndLinks(accounts: Database, at: Instant): Promise<void> {
  for (const [prefix, field] of [
    ['session:', 'revokedAt'],
    ['link:', 'usedAt'],
  ] as const) {
    for (let startKey: string = prefix; ;) {
      const rows = await accounts.scan({
        startKey,
        endKey: `${prefix}\uffff`,
        limit: 500,
        includeDocs: true,
      });
      const live = rows.flatMap(({ doc }) => (doc === undefined || doc.body[field] !== null ? [] : [doc]));
      const outcomes = await accounts.write(
        live.map((doc) => ({ id: doc.id, rev: doc.rev, body: { ...doc.body, [field]: at } })),
      );
      // Somebody wrote it meanwhile, such as the audit that took its entries out.
      for (const { id } of outcomes.filter(({ type }) => type !== 'written')) {
        await changeDocument(accounts, id, (held) =>
          held === null || held.body[field] !== null ? null : { ...held.body, [field]: at },
        );
      }
      const last = rows.at(-1);
      if (rows.length < 500 || last === undefined) break;
      startKey = `${last.id}\u0000`;
    }
  }
}

/**
 * Puts a backup in; what the store has already stays. Then the store has a new epoch, and tablets offer back what came after the backup.
 * Verify first: what was read before a fault was found is in.
 */
export async function restoreBackup(
  store: DocumentStore,
  lines: AsyncIterable<string>,
  clock: Clock,
): Promise<Result<BackupSummary, BackupFault>> {
  const read = await readBackup(lines, (database, leaves) => store.database(database).importLeaves(leaves));
  await endSessionsAndLinks(store.database('accounts'), clock.now());
  await mintEpoch(store.database('meta'), clock, 'restored');
  return read;
}

/** Lines of UTF-8 bytes, whatever pieces they come in. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of bytes) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
