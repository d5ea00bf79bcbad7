import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { seqFromText, type Seq } from '#server/store/port.ts';
import { collections, collectionSchema, type CollectionName } from '#shared/sync/protocol.ts';
import type { ScopeIndex } from './scope-index.ts';
import { alertRows, consultRows, directoryRows, patientRows, takeRows, TextTable } from './snapshot-rows.ts';

/** Raised whenever what the index derives from a document, or how it is written here, changes: an older file is then not read, and the index built anew. */
export const snapshotVersion = 3;

/** A database that is missing had not been begun when a cold rebuild was saved half-way. */
const placesSchema = z.partialRecord(collectionSchema, z.string());
const headerSchema = z.object({
  kind: z.literal('scope-index'),
  version: z.literal(snapshotVersion),
  storeEpoch: z.string(),
  places: placesSchema,
});

export interface SnapshotPlaces {
  readonly storeEpoch: string;
  readonly places: Readonly<Partial<Record<CollectionName, Seq>>>;
}

/**
 * Writes the index beside the old file and then puts it in its place. The index may change meanwhile: `places` was taken before, so
 * what changed since comes again from the feed. The file is lines of JSON: a header, columns of some thousand documents each, and a digest of
 * all bytes before it.
 */
export async function saveSnapshot(path: string, index: ScopeIndex, at: SnapshotPlaces): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    const digest = createHash('sha256');
    for (const line of linesOf(index, at)) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      digest.update(bytes);
      await file.write(bytes);
    }
    await file.write(endLine(digest.digest('hex')));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

const endLine = (digest: string): string => `["end","${digest}"]\n`;
const endLineBytes = endLine('0'.repeat(64)).length;

function* linesOf(index: ScopeIndex, at: SnapshotPlaces): Generator {
  yield { kind: 'scope-index', version: snapshotVersion, ...at };
  const table = new TextTable();
  for (const make of [consultRows, patientRows, alertRows, directoryRows]) {
    for (const rows of make(index, table)) {
      // Texts are named before the first line that uses them.
      const texts = table.takeFresh();
      if (texts.length > 0) yield ['texts', texts];
      yield rows;
    }
  }
}

async function bytesOf(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Reads into an empty index, in one go and without a pause. null: no file, another version, or one that broke off or was changed; the
 * index may then be half filled and must be thrown away.
 */
export async function loadSnapshot(path: string, index: ScopeIndex): Promise<SnapshotPlaces | null> {
  const bytes = await bytesOf(path);
  if (bytes === null || bytes.length < endLineBytes) return null;
  const body = bytes.subarray(0, bytes.length - endLineBytes);
  const digest = createHash('sha256').update(body).digest('hex');
  if (bytes.subarray(body.length).toString('utf8') !== endLine(digest)) return null;
  const firstEnd = body.indexOf('\n');
  const header = headerSchema.safeParse(JSON.parse(body.toString('utf8', 0, firstEnd)));
  if (!header.success) return null;
  const texts: string[] = [];
  for (let from = firstEnd + 1; from < body.length;) {
    const end = body.indexOf('\n', from);
    takeRows(index, texts, JSON.parse(body.toString('utf8', from, end)));
    from = end + 1;
  }
  const places: Partial<Record<CollectionName, Seq>> = {};
  for (const name of collections) {
    const place = header.data.places[name];
    if (place !== undefined) places[name] = seqFromText(place);
  }
  return { storeEpoch: header.data.storeEpoch, places };
}
