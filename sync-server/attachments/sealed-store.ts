import { createHash } from 'node:crypto';
import type { Database, ScanRow } from '#server/store/port.ts';
import { chunkCount } from '#shared/attachment/chunks.ts';
import type { NamedFile } from '#shared/attachment/named-files.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

/** One chunk as it is stored: by its place and its own digest, so that what is there is known from ids alone. */
interface StoredChunk {
  readonly chunk: number;
  readonly digest: string;
  readonly row: ScanRow;
}

/** What is held of one file. */
export interface HeldFile {
  /** All chunks are here, and together they have the digest the event names. Only then anybody is given any of it. */
  readonly isWhole: boolean;
  /** Digest of each chunk that is here, by its place. */
  readonly digests: ReadonlyMap<number, string>;
}

export type Settled = 'whole' | 'not-yet' | 'wrong-digest';

/** A sealed file in the store, where its documents begin. */
export interface SealedFileAt {
  readonly consult: ConsultId;
  readonly file: FileId;
  readonly storedAt: Instant | null;
}

const wholeKind = 'sealed-file';
const chunkKind = 'sealed-chunk';
const place = (consult: string, file: string): string => `${consult}:${file}`;
const wholeId = (consult: string, file: string): string => `whole:${place(consult, file)}`;
const chunkPrefix = (consult: string, file: string): string => `chunk:${place(consult, file)}:`;
const chunkId = (consult: string, file: string, chunk: number, digest: string): string =>
  `${chunkPrefix(consult, file)}${String(chunk).padStart(4, '0')}:${digest}`;
const chunkPattern = /^chunk:([0-9a-f-]{36}):([0-9a-f-]{36}):(\d{4}):([0-9a-f]{64})$/;
const afterAll = '\uffff';
/** No more variants of chunks than this are looked at; a file has far fewer. */
const mostRows = 500;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Sealed files in the database `attachments`, in either store: chunk documents under ids made from their content, and one document that says
 * a file is whole. The bytes are base64 inside the document, so that backup, restore and both stores treat them like any other document.
 */
export interface SealedStore {
  held(consult: ConsultId, file: FileId): Promise<HeldFile>;
  /** The same bytes again change nothing; other bytes take the place of what was there. */
  put(at: {
    consult: ConsultId;
    file: FileId;
    chunk: number;
    bytes: Uint8Array;
    storedAt: Instant;
  }): Promise<void>;
  /** Once all chunks are here: marks the file as whole, or throws them away where they are not what the event names. */
  settle(consult: ConsultId, named: NamedFile, at: Instant): Promise<Settled>;
  /** null: not here, or the file is not whole. */
  read(consult: ConsultId, file: FileId, chunk: number): Promise<Uint8Array | null>;
  /** Files with any chunk stored, each once, in order of id; `after` null from the beginning. */
  filesAfter(after: SealedFileAt | null, limit: number): Promise<readonly SealedFileAt[]>;
  remove(consult: ConsultId, file: FileId): Promise<void>;
}

export function createSealedStore(database: Database): SealedStore {
  async function rowsOf(consult: string, file: string): Promise<StoredChunk[]> {
    const startKey = chunkPrefix(consult, file);
    const rows = await database.scan({ startKey, endKey: startKey + afterAll, limit: mostRows });
    return rows.flatMap((row) => {
      const [, , , chunk, digest] = chunkPattern.exec(row.id) ?? [];
      return digest === undefined ? [] : [{ chunk: Number(chunk), digest, row }];
    });
  }

  async function removeRows(rows: readonly ScanRow[]): Promise<void> {
    if (rows.length === 0) return;
    // A conflict is another gateway that removes it too.
    await database.write(rows.map(({ id, rev }) => ({ id, rev, deleted: true, body: { kind: chunkKind } })));
  }

  async function bytesOf(id: string): Promise<Uint8Array | null> {
    const data = (await database.get(id))?.body['data'];
    return typeof data === 'string' ? Buffer.from(data, 'base64') : null;
  }

  async function held(consult: ConsultId, file: FileId): Promise<HeldFile> {
    const [whole, rows] = await Promise.all([database.get(wholeId(consult, file)), rowsOf(consult, file)]);
    return {
      isWhole: whole !== null,
      digests: new Map(rows.map(({ chunk, digest }) => [chunk, digest])),
    };
  }

  return {
    held,

    async put({ consult, file, chunk, bytes, storedAt }) {
      const digest = digestOf(bytes);
      const others = (await rowsOf(consult, file)).filter((row) => row.chunk === chunk);
      if (others.every((row) => row.digest !== digest)) {
        const body = { kind: chunkKind, storedAt, data: Buffer.from(bytes).toString('base64') };
        const [outcome] = await database.write([{ id: chunkId(consult, file, chunk, digest), body }]);
        // A conflict is the same bytes, sent twice at once: the id says so.
        if (outcome?.type === 'rejected') throw new Error(`the store refused a chunk: ${outcome.reason}`);
      }
      await removeRows(others.filter((row) => row.digest !== digest).map(({ row }) => row));
    },

    async settle(consult, named, at) {
      const { file } = named;
      if ((await database.get(wholeId(consult, file))) !== null) return 'whole';
      const rows = await rowsOf(consult, file);
      const byChunk = new Map(rows.map((row) => [row.chunk, row]));
      const count = chunkCount(named.sizeBytes);
      if (byChunk.size < count) return 'not-yet';
      const hash = createHash('sha256');
      for (let chunk = 0; chunk < count; chunk++) {
        const bytes = await bytesOf(byChunk.get(chunk)?.row.id ?? '');
        if (bytes === null) return 'not-yet';
        hash.update(bytes);
      }
      if (hash.digest('hex') !== named.digest) {
        await removeRows(rows.map(({ row }) => row));
        return 'wrong-digest';
      }
      await database.write([{ id: wholeId(consult, file), body: { kind: wholeKind, at } }]);
      return 'whole';
    },

    async read(consult, file, chunk) {
      const { isWhole, digests } = await held(consult, file);
      const digest = digests.get(chunk);
      return isWhole && digest !== undefined ? bytesOf(chunkId(consult, file, chunk, digest)) : null;
    },

    async filesAfter(after, limit) {
      const found: SealedFileAt[] = [];
      let startKey = after === null ? 'chunk:' : chunkPrefix(after.consult, after.file) + afterAll;
      while (found.length < limit) {
        const [row] = await database.scan({
          startKey,
          endKey: `chunk:${afterAll}`,
          limit: 1,
          includeDocs: true,
        });
        if (row === undefined) break;
        const [, consult, file] = chunkPattern.exec(row.id) ?? [];
        startKey = `${row.id}\u0000`;
        if (consult === undefined || file === undefined) continue;
        startKey = chunkPrefix(consult, file) + afterAll;
        const storedAt = instantSchema.safeParse(row.doc?.body['storedAt']);
        found.push({
          consult: consult as ConsultId,
          file: file as FileId,
          storedAt: storedAt.success ? storedAt.data : null,
        });
      }
      return found;
    },

    async remove(consult, file) {
      const whole = await database.get(wholeId(consult, file));
      const rows = (await rowsOf(consult, file)).map(({ row }) => row);
      // The mark goes first: a file is never called whole while its chunks go.
      await removeRows(whole === null ? [] : [{ id: whole.id, rev: whole.rev }]);
      await removeRows(rows);
    },
  };
}
