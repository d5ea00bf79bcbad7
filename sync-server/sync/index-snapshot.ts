import { createReadStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { seqFromText, type Seq } from '#server/store/port.ts';
import { collections, collectionSchema, type CollectionName } from '#shared/sync/protocol.ts';
import type { ScopeIndex } from './scope-index.ts';

/** Raised whenever what the index derives from a document changes: an older file is then not read, and the index built anew. */
const snapshotVersion = 1;
const linesPerWrite = 2000;

/** A database that is missing had not been begun when a cold rebuild was saved half-way. */
const placesSchema = z.partialRecord(collectionSchema, z.string());
const headerSchema = z.object({
  kind: z.literal('scope-index'),
  version: z.literal(snapshotVersion),
  storeEpoch: z.string(),
  places: placesSchema,
});

type Line =
  | ['k', keys: string[]]
  | ['c', id: string, order: number, endedAtMs: number, version: string, patient: string, keys: number[]]
  | ['p', id: string, version: string, mrn: string | null, keys: number[], pastKeys: number[]]
  | ['a', id: string, version: string, key: number, consult: string]
  | ['d', id: string, version: string]
  | ['end'];

export interface SnapshotPlaces {
  readonly storeEpoch: string;
  readonly places: Readonly<Partial<Record<CollectionName, Seq>>>;
}

/**
 * Writes the index beside the old file and then puts it in its place. The index may change meanwhile: `places` was taken before, so
 * what changed since comes again from the feed.
 */
export async function saveSnapshot(path: string, index: ScopeIndex, at: SnapshotPlaces): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    for (const text of textOf(index, at)) await file.write(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

function* textOf(index: ScopeIndex, at: SnapshotPlaces): Generator<string> {
  const header = { kind: 'scope-index', version: snapshotVersion, ...at };
  yield `${JSON.stringify(header)}\n`;
  let lines: string[] = [];
  for (const line of linesOf(index)) {
    lines.push(JSON.stringify(line));
    if (lines.length < linesPerWrite) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  yield `${[...lines, '["end"]'].join('\n')}\n`;
}

function* linesOf(index: ScopeIndex): Generator<Line> {
  const numbers = new Map<string, number>();
  let fresh: string[] = [];
  const numberOf = (key: string): number => {
    const held = numbers.get(key);
    if (held !== undefined) return held;
    numbers.set(key, numbers.size);
    fresh.push(key);
    return numbers.size - 1;
  };
  // Keys are written before the first line that uses them.
  function* withKeys(line: Line): Generator<Line> {
    if (fresh.length > 0) yield ['k', fresh];
    fresh = [];
    yield line;
  }
  for (const { id, order, endedAtMs, version, patient, keys } of index.consults.all()) {
    yield* withKeys(['c', id, order, endedAtMs, version, patient, keys.map(numberOf)]);
  }
  for (const [id, { version, mrn, keys, pastKeys }] of index.patients.all()) {
    yield* withKeys(['p', id, version, mrn, keys.map(numberOf), pastKeys.map(numberOf)]);
  }
  for (const [id, { version, key, consult }] of index.alerts.all()) {
    yield* withKeys(['a', id, version, numberOf(key), consult]);
  }
  for (const [id, version] of index.directory) yield ['d', id, version];
}

/** Reads into an empty index. null: no file, another version, or one that broke off; the index may then be half filled and must be thrown away. */
export async function loadSnapshot(path: string, index: ScopeIndex): Promise<SnapshotPlaces | null> {
  let lines: AsyncIterable<string>;
  try {
    const file = await open(path, 'r');
    await file.close();
    lines = createInterface({ input: createReadStream(path, { highWaterMark: 1024 * 1024 }) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  let header: z.infer<typeof headerSchema> | null = null;
  let ended = false;
  const keys: string[] = [];
  try {
    for await (const text of lines) {
      const value: unknown = JSON.parse(text);
      if (header === null) {
        const parsed = headerSchema.safeParse(value);
        if (!parsed.success) return null;
        header = parsed.data;
      } else ended = take(index, keys, value as Line);
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
  if (header === null || !ended) return null;
  const places: Partial<Record<CollectionName, Seq>> = {};
  for (const name of collections) {
    const place = header.places[name];
    if (place !== undefined) places[name] = seqFromText(place);
  }
  return { storeEpoch: header.storeEpoch, places };
}

/** One line of our own file; true at its end. Throws TypeError where a line is not ours. */
function take(index: ScopeIndex, keys: string[], line: Line): boolean {
  const keyOf = (number: number): string => {
    const key = keys[number];
    if (key === undefined) throw new TypeError('the index file uses a key it does not name');
    return key;
  };
  switch (line[0]) {
    case 'k':
      keys.push(...line[1]);
      return false;
    case 'c': {
      const [, id, order, endedAtMs, version, patient, numbers] = line;
      index.consults.put(id, { order, endedAtMs, version, patient, keys: numbers.map(keyOf) });
      return false;
    }
    case 'p': {
      const [, id, version, mrn, numbers, past] = line;
      index.patients.put(id, { version, mrn, keys: numbers.map(keyOf), pastKeys: past.map(keyOf) });
      return false;
    }
    case 'a': {
      const [, id, version, key, consult] = line;
      index.alerts.put(id, { version, key: keyOf(key), consult });
      return false;
    }
    case 'd':
      index.directory.set(line[1], line[2]);
      return false;
    case 'end':
      return true;
    default:
      throw new TypeError('the index file has a line that is not ours');
  }
}
