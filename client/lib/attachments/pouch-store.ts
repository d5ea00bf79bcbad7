import PouchDB from 'pouchdb-core';
import httpAdapter from 'pouchdb-adapter-http';
import idbAdapter from 'pouchdb-adapter-idb';
import replication from 'pouchdb-replication';
import { chunkRange } from '#shared/attachment/chunks.ts';
import { keptOnTabletBytes, maxChunksPerRequest } from '#shared/attachment/limits.ts';
import {
  attachmentsDatabase,
  attachmentsPath,
  sealedName,
  sealedType,
  uploadRefusalSchema,
} from '#shared/attachment/protocol.ts';
import { parseSealedId, revOf, sealedIdsOf, sealedIdText } from '#shared/attachment/sealed-id.ts';
import { ok, err } from '#shared/lib/result.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { saveFailure } from '$lib/db/save-failure.ts';
import { openCache } from './file-cache.ts';
import type { FileRef, FileStore, ReceiveOutcome, SendOutcome } from './file-store.ts';
import { digestOf } from './seal.ts';

PouchDB.plugin(idbAdapter).plugin(httpAdapter).plugin(replication);
// The databases have exactly the names given here, as those of the records have: what wipes a tablet finds them.
PouchDB.prefix = '';

export interface PouchStoreOptions {
  readonly person: string;
  /** Our origin, such as `https://consult.example`. */
  readonly origin: string;
  readonly request: ApiRequest;
  /** What this platform's PouchDB takes for bytes; absent: a Blob, as in browsers. */
  readonly dataOf?: (bytes: Uint8Array<ArrayBuffer>) => unknown;
  /** Absent: `keptOnTabletBytes`. */
  readonly keptBytes?: number;
}

export const outgoingName = (person: string): string => `hc-files-${person}`;

/** Two megabytes of request: large enough to fill a link, small enough to be lost. */
const chunksAtOnce = 3;
/** A few chunks over the slowest link that is still worth it, from asking to the last byte of the answer. */
const requestLimitMs = 120_000;

const blobOf = (bytes: Uint8Array<ArrayBuffer>): Blob => new Blob([bytes], { type: sealedType });
const asBytes = async (data: Blob | Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : new Uint8Array(data);
const statusOf = (error: unknown): number | null =>
  typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : null;
const idsOf = (ref: FileRef): string[] => sealedIdsOf(ref.consult, ref.file, ref.sizeBytes).map(sealedIdText);

/** The bytes of one chunk; null: not here. */
async function readChunk(database: PouchDB, id: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await asBytes(await database.getAttachment(id, sealedName));
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** The whole sealed file; null where a chunk is missing or has another length. */
async function readWhole(database: PouchDB, ref: FileRef): Promise<Uint8Array<ArrayBuffer> | null> {
  const whole = new Uint8Array(ref.sizeBytes);
  for (const [chunk, id] of idsOf(ref).entries()) {
    const range = chunkRange(ref.sizeBytes, chunk);
    const bytes = await readChunk(database, id);
    if (range === null || bytes?.length !== range.end - range.start) return null;
    whole.set(bytes, range.start);
  }
  return whole;
}

/**
 * Sealed files in PouchDB over IndexedDB. What waits to be sent has a database of its own, `hc-files-<person>`; what is kept to be looked at is in
 * databases that go as a whole when there is too much (file-cache.ts): PouchDB forgets nothing one by one.
 */
export function openPouchStore(options: PouchStoreOptions): FileStore {
  const { person } = options;
  const underWay = new Set<AbortController>();
  /** Files whose last sending was cut: from then on a chunk at a time, so that the slowest link gets on. */
  const cutBefore = new Set<string>();
  const dataOf = options.dataOf ?? blobOf;
  const open = (name: string): PouchDB =>
    new PouchDB(name, { adapter: 'idb', revs_limit: 1, auto_compaction: true });
  const outgoing = open(outgoingName(person));
  const cache = openCache({ person, open, limitBytes: options.keptBytes ?? keptOnTabletBytes });

  /** A network that swallows everything must not hold up what comes after; closing ends what is under way. */
  const request: ApiRequest = (url, init = {}) => {
    const abort = new AbortController();
    underWay.add(abort);
    const limit = setTimeout(() => abort.abort(), requestLimitMs);
    abort.signal.addEventListener('abort', () => {
      clearTimeout(limit);
      underWay.delete(abort);
    });
    init.signal?.addEventListener('abort', () => abort.abort());
    return options.request(url, { ...init, signal: abort.signal });
  };
  const server = new PouchDB(`${options.origin}${attachmentsPath}/${attachmentsDatabase}`, {
    adapter: 'http',
    skip_setup: true,
    fetch: request,
  });

  async function write(database: PouchDB, ref: FileRef, sealed: Uint8Array<ArrayBuffer>): Promise<void> {
    for (const [chunk, id] of idsOf(ref).entries()) {
      const range = chunkRange(ref.sizeBytes, chunk);
      if (range === null) throw new RangeError('a chunk beyond the file');
      const bytes = sealed.slice(range.start, range.end);
      const rev = revOf(await digestOf(bytes));
      const rows = await database.bulkDocs(
        [
          {
            _id: id,
            _rev: rev,
            _revisions: { start: 1, ids: [rev.slice(2)] },
            _attachments: { [sealedName]: { content_type: sealedType, data: dataOf(bytes) } },
          },
        ],
        { new_edits: false },
      );
      const [refused] = rows;
      if (refused !== undefined) throw new Error(refused.name ?? 'not stored');
    }
  }

  async function forget(of: Pick<FileRef, 'consult' | 'file'>): Promise<void> {
    const prefix = `${of.consult}.${of.file}.`;
    const { rows } = await outgoing.allDocs({ startkey: prefix, endkey: `${prefix}\uffff` });
    for (const { id, value } of rows)
      if (id !== undefined && value !== undefined) await outgoing.remove(id, value.rev);
  }

  return {
    async put(ref, sealed) {
      try {
        await write(outgoing, ref, sealed);
        return ok(undefined);
      } catch (error) {
        await forget(ref).catch(() => undefined);
        return err(saveFailure(error));
      }
    },

    async read(ref) {
      return (await readWhole(outgoing, ref)) ?? (await cache.read(ref, readWhole, write));
    },

    async waiting() {
      const { rows } = await outgoing.allDocs({});
      const files = new Map<string, Pick<FileRef, 'consult' | 'file'>>();
      for (const { id = '' } of rows) {
        const at = parseSealedId(id);
        if (at !== null) files.set(`${at.consult} ${at.file}`, { consult: at.consult, file: at.file });
      }
      return [...files.values()];
    },

    async send(ref, progress): Promise<SendOutcome> {
      const ids = idsOf(ref);
      const refusals: SendOutcome[] = [];
      try {
        await PouchDB.replicate(outgoing, server, {
          doc_ids: ids,
          checkpoint: false,
          batch_size: cutBefore.has(ref.file) ? 1 : chunksAtOnce,
        })
          .on('change', ({ docs_written }) => progress(docs_written / ids.length))
          .on('denied', ({ reason }) => {
            const named = uploadRefusalSchema.safeParse(reason);
            refusals.push({ type: 'refused', reason: named.success ? named.data : 'not-taken' });
          });
      } catch (error) {
        cutBefore.add(ref.file);
        return statusOf(error) === 401 ? { type: 'signed-out' } : { type: 'no-answer' };
      }
      cutBefore.delete(ref.file);
      const [refusal] = refusals;
      if (refusal !== undefined) return refusal;
      const sealed = await readWhole(outgoing, ref);
      // A full tablet keeps no copy of what the server has.
      if (sealed !== null)
        await cache.write(ref, (database) => write(database, ref, sealed)).catch(() => undefined);
      await forget(ref);
      return { type: 'sent' };
    },

    async receive(ref, progress): Promise<ReceiveOutcome> {
      const ids = idsOf(ref);
      try {
        return await cache.write(ref, async (database): Promise<ReceiveOutcome> => {
          let stored = 0;
          // A few at a time, so that what came before a cut stays here and each step shows.
          for (let at = 0; at < ids.length; at += maxChunksPerRequest) {
            const some = ids.slice(at, at + maxChunksPerRequest);
            await PouchDB.replicate(server, database, { doc_ids: some, checkpoint: false, batch_size: 2 }).on(
              'change',
              ({ docs_written }) => progress((at + docs_written) / ids.length),
            );
            const rows = await database.allDocs({ keys: some });
            stored += rows.rows.filter(({ value }) => value !== undefined && value.deleted !== true).length;
            if (stored < at + some.length) return { type: 'not-there' };
          }
          const whole = await readWhole(database, ref);
          return whole !== null && (await digestOf(whole)) === ref.digest
            ? { type: 'received' }
            : { type: 'damaged' };
        });
      } catch (error) {
        if (statusOf(error) === 401) return { type: 'signed-out' };
        return saveFailure(error).type === 'storage-full' ? { type: 'storage-full' } : { type: 'no-answer' };
      }
    },

    discard: forget,
    async close() {
      for (const abort of underWay) abort.abort();
      await Promise.all([outgoing.close(), cache.close(), server.close()]);
    },
  };
}
