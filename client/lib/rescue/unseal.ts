import { isSealed, SealedUnderAnotherKey, type Seal } from '$lib/db/seal.ts';
import { base64UrlOf, bytesOfLetters } from '$lib/keys/bytes.ts';
import type { RawDatabase } from './raw-database.ts';

/** What was read of a database, opened as far as it opens. */
export interface OpenedRead extends RawDatabase {
  /** Nothing in it is sealed: a build that did not seal wrote it. True also for an empty one. */
  readonly isClear: boolean;
  /** All of it was sealed under the present key. False also for an empty one. */
  readonly isOurs: boolean;
}

type Kind = 'opened' | 'clear' | 'another-key' | 'broken';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

async function openOne(
  document: unknown,
  collection: string,
  seal: Seal,
): Promise<{ readonly document: unknown; readonly kind: Kind }> {
  if (!isObject(document)) return { document, kind: 'clear' };
  const { id, record } = document;
  if (!isSealed(record)) return { document, kind: 'clear' };
  try {
    const value = await seal.open({ collection, id: String(id), field: 'record' }, record);
    return { document: { ...document, record: value }, kind: 'opened' };
  } catch (error) {
    if (error instanceof SealedUnderAnotherKey) return { document, kind: 'another-key' };
    // Kept for whoever can make something of it.
    return {
      document: { ...document, record: { sealed: base64UrlOf(bytesOfLetters(record.sealed)) } },
      kind: 'broken',
    };
  }
}

/**
 * Opens the records of a raw read. Those of another key count as lost: they are there, and nobody can read them here, so their database
 * is never let go.
 */
export async function openRead(read: RawDatabase, seal: Seal): Promise<OpenedRead> {
  const [outbox, workspace] = await Promise.all([
    Promise.all(read.outbox.map((document) => openOne(document, 'outbox', seal))),
    Promise.all(read.workspace.map((document) => openOne(document, 'workspace', seal))),
  ]);
  const all = [...outbox, ...workspace];
  const readable = (documents: typeof all): unknown[] =>
    documents.flatMap(({ document, kind }) => (kind === 'another-key' ? [] : [document]));
  return {
    ...read,
    outbox: readable(outbox),
    workspace: readable(workspace),
    lost: read.lost + all.filter(({ kind }) => kind === 'another-key').length,
    isClear: all.every(({ kind }) => kind === 'clear'),
    isOurs: all.length > 0 && all.every(({ kind }) => kind === 'opened' || kind === 'broken'),
  };
}
