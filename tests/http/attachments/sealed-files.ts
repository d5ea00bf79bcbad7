import { createHash } from 'node:crypto';
import { chunkRange } from '#shared/attachment/chunks.ts';
import type { AttachmentBody } from '#shared/attachment/named-files.ts';
import { sealedName, sealedType } from '#shared/attachment/protocol.ts';
import { revOf, sealedIdsOf, sealedIdText } from '#shared/attachment/sealed-id.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { fileId, sampleBodies, uuidOf } from '#tests/builders.ts';

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that look sealed and are always the same for the same name. */
export function bytesNamed(name: string, sizeBytes: number): Buffer {
  const block = createHash('sha512').update(name).digest();
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += block.length) {
    block.writeUInt32BE(at, 0);
    block.copy(bytes, at, 0, Math.min(block.length, sizeBytes - at));
  }
  return bytes;
}

export interface TestFile {
  readonly consult: ConsultId;
  readonly body: AttachmentBody;
  readonly bytes: Buffer;
  readonly ids: readonly string[];
}

export function testFile(consult: ConsultId, name: string, sizeBytes: number): TestFile {
  const bytes = bytesNamed(name, sizeBytes);
  const file = fileId(name);
  const body = { ...sampleBodies['attachment-added'], file, digest: digestOf(bytes), sizeBytes };
  return { consult, body, bytes, ids: sealedIdsOf(consult, file, sizeBytes).map(sealedIdText) };
}

/** A chunk as PouchDB sends it. */
export function uploadOf(file: TestFile, chunk = 0, over: Buffer | null = null) {
  const range = chunkRange(file.body.sizeBytes, chunk);
  if (range === null) throw new RangeError('no such chunk');
  const bytes = over ?? file.bytes.subarray(range.start, range.end);
  const rev = revOf(digestOf(bytes));
  return {
    _id: file.ids[chunk] ?? '',
    _rev: rev,
    _revisions: { start: 1, ids: [rev.slice(2)] },
    _attachments: {
      [sealedName]: {
        content_type: sealedType,
        revpos: 1,
        digest: 'md5-AAAA',
        data: Buffer.from(bytes).toString('base64'),
      },
    },
  };
}
export const revOfChunk = (file: TestFile, chunk = 0): string => uploadOf(file, chunk)._rev;

const base = '/api/attachments/files';
export const bulkDocs = (tablet: TestTablet, docs: readonly unknown[]): Promise<Response> =>
  tablet.session.post(`${base}/_bulk_docs`, { docs, new_edits: false });
export const revsDiff = (tablet: TestTablet, asked: Readonly<Record<string, readonly string[]>>) =>
  tablet.session.post(`${base}/_revs_diff`, asked);
export const changes = (tablet: TestTablet, ids: readonly string[], query = 'filter=_doc_ids&since=0') =>
  tablet.session.post(`${base}/_changes?${query}`, { doc_ids: ids });
export const bulkGet = (tablet: TestTablet, docs: readonly { id: string; rev: string }[]) =>
  tablet.session.post(`${base}/_bulk_get?revs=true&latest=true`, { docs });
export const fetchChunk = (tablet: TestTablet, id: string, query = '') =>
  tablet.session.get(`${base}/${id}/${sealedName}${query}`);

/** The event that names the file, accepted. */
export async function announce(tablet: TestTablet, file: TestFile): Promise<void> {
  const [outcome] = await tablet.push([
    tablet.write('attachment-added', file.body, {
      document: file.consult,
      id: uuidOf(`event of ${file.body.file}`) as EventId,
      lamport: 5,
      base: 1,
    }),
  ]);
  if (outcome?.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
}

export async function upload(tablet: TestTablet, file: TestFile): Promise<void> {
  const response = await bulkDocs(
    tablet,
    file.ids.map((_id, chunk) => uploadOf(file, chunk)),
  );
  const rows: unknown = await response.json();
  if (response.status !== 200 || !Array.isArray(rows) || rows.length > 0)
    throw new Error(`not taken: ${response.status} ${JSON.stringify(rows)}`);
}
