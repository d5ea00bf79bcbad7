import { headBytes, readHead, type FileFault } from '#shared/attachment/file-head.ts';
import { fileLimits } from '#shared/attachment/limits.ts';
import type { AttachmentBody } from '#shared/attachment/named-files.ts';
import type { FileId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { toBase64 } from './base64.ts';
import type { KeptPicture } from './picture.ts';
import { sealFile, type SealedFile } from './seal.ts';

/** Sealed and ready to be kept: the entry that will name it, but for its words. */
export interface PreparedFile {
  readonly body: Omit<AttachmentBody, 'caption'>;
  readonly sealed: readonly SealedFile[];
}

export type PrepareFault = FileFault | { readonly type: 'not-decodable' } | { readonly type: 'unreadable' };

export interface PrepareParts {
  readonly newId: () => string;
  /** null: the browser cannot decode it. */
  readonly workPicture: (file: Blob, size: { width: number; height: number }) => Promise<KeptPicture | null>;
}

const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await blob.arrayBuffer());

/** What must fit into the entry's `thumbnail`. */
const maxThumbnailBytes = 1024 * 1024 - 64;

/**
 * Judges a chosen file by its beginning, shrinks and redraws it where it is a picture, and seals it. Nothing of it is stored before it is
 * sealed, and its name is kept nowhere.
 */
export async function prepareFile(
  file: Blob,
  parts: PrepareParts,
): Promise<Result<PreparedFile, PrepareFault>> {
  let head;
  try {
    head = readHead(await bytesOf(file.slice(0, headBytes)), file.size);
  } catch {
    // The file went away under the browser: a memory card pulled out, a cloud that did not answer.
    return err({ type: 'unreadable' });
  }
  if (!head.ok) return head;
  const newFile = (): FileId => parts.newId() as FileId;
  if (head.value.kind === 'pdf') {
    const plain = await bytesOf(file).catch(() => null);
    if (plain === null) return err({ type: 'unreadable' });
    const sealed = await sealFile(newFile(), plain);
    return ok({ body: bodyOf(sealed, 'application/pdf', ''), sealed: [sealed] });
  }
  const kept = await parts.workPicture(file, head.value);
  if (kept === null) return err({ type: 'not-decodable' });
  const sealed = await sealFile(newFile(), await bytesOf(kept.picture));
  const body = bodyOf(sealed, 'image/jpeg', toBase64(kept.placeholder));
  const small = await bytesOf(kept.thumbnail);
  if (small.length > maxThumbnailBytes) return ok({ body, sealed: [sealed] });
  const thumbnail = await sealFile(newFile(), small);
  return ok({
    body: {
      ...body,
      thumbnail: {
        file: thumbnail.file,
        key: thumbnail.key,
        digest: thumbnail.digest,
        sizeBytes: thumbnail.sealed.length,
      },
    },
    sealed: [sealed, thumbnail],
  });
}

const bodyOf = (
  { file, key, digest, sealed }: SealedFile,
  mediaType: AttachmentBody['mediaType'],
  placeholder: string,
): PreparedFile['body'] => ({ file, key, digest, sizeBytes: sealed.length, mediaType, placeholder });

/** In whole megabytes, as the words say it. */
export const inMegabytes = (bytes: number): number => Math.round(bytes / (1024 * 1024));
export const said = {
  pictureMegabytes: inMegabytes(fileLimits.pictureBytes),
  pdfMegabytes: inMegabytes(fileLimits.pdfBytes),
} as const;
