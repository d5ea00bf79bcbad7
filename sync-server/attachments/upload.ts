import { chunkRange } from '#shared/attachment/chunks.ts';
import type { NamedFile } from '#shared/attachment/named-files.ts';
import { sealedName, type Uploaded, type UploadRefusal } from '#shared/attachment/protocol.ts';
import { parseSealedId, revOf, type SealedId } from '#shared/attachment/sealed-id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { NamedFiles } from './file-access.ts';
import { digestOf } from './sealed-store.ts';

/** One chunk that is what its id, its rev and the event say it is. */
export interface TakenChunk {
  readonly at: SealedId;
  readonly named: NamedFile;
  readonly bytes: Uint8Array;
}

/** Bytes of canonical base64; null for any other text. Nothing is inflated: what came is what is kept. */
function bytesOfBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** Judges one uploaded document by itself; the digest of the whole file is looked at when all its chunks are here. */
export async function judgeUpload(
  uploaded: Uploaded,
  sendable: (consult: SealedId['consult']) => Promise<NamedFiles>,
): Promise<Result<TakenChunk, UploadRefusal>> {
  const at = parseSealedId(uploaded._id);
  const named = at === null ? undefined : (await sendable(at.consult)).get(at.file);
  const range = at === null || named === undefined ? null : chunkRange(named.sizeBytes, at.chunk);
  if (at === null || named === undefined || range === null) return err('not-taken');
  const bytes = bytesOfBase64(uploaded._attachments[sealedName].data);
  if (bytes === null || bytes.length !== range.end - range.start) return err('wrong-size');
  const rev = revOf(digestOf(bytes));
  return uploaded._rev === rev && `1-${uploaded._revisions.ids[0] ?? ''}` === rev
    ? ok({ at, named, bytes })
    : err('wrong-digest');
}
