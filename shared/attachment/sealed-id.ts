import { chunkCount } from './chunks.ts';
import { maxSealedBytes } from './limits.ts';
import { consultIdSchema, fileIdSchema, type ConsultId, type FileId } from '#shared/lib/id.ts';

/** One document of the attachments protocol: a chunk of a sealed file, and the consult whose event names that file. */
export interface SealedId {
  readonly consult: ConsultId;
  readonly file: FileId;
  /** From 0. */
  readonly chunk: number;
}

const pattern = /^([0-9a-f-]{36})\.([0-9a-f-]{36})\.(0|[1-9]\d{0,3})$/;

/** As it stands in `_id`: `<consult>.<file>.<chunk>`. All of it random or a number: it tells nothing of a person. */
export const sealedIdText = ({ consult, file, chunk }: SealedId): string =>
  `${consult}.${file}.${String(chunk)}`;

/** null for any text that `sealedIdText` does not make. */
export function parseSealedId(text: string): SealedId | null {
  const [, consult, file, chunk] = pattern.exec(text) ?? [];
  const known = { consult: consultIdSchema.safeParse(consult), file: fileIdSchema.safeParse(file) };
  if (!known.consult.success || !known.file.success) return null;
  const index = Number(chunk);
  return index < chunkCount(maxSealedBytes)
    ? { consult: known.consult.data, file: known.file.data, chunk: index }
    : null;
}

/** All documents of one file, in order. */
export const sealedIdsOf = (consult: ConsultId, file: FileId, sizeBytes: number): SealedId[] =>
  Array.from({ length: chunkCount(sizeBytes) }, (_, chunk) => ({ consult, file, chunk }));

/**
 * The only rev a chunk can have: its first, made from its own SHA-256 (hex). So two devices that hold the same bytes hold the same rev, and no
 * rev of one's own choosing can be sent.
 */
export const revOf = (digest: string): string => `1-${digest.slice(0, 32)}`;
