import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { linesOf } from '#server/ops/backup-stream.ts';
import { CannotUnseal, seal, sealedMagic, unseal } from './sealed-file.ts';

/** Writes beside the file and renames at the end: a file of that name is always a whole one. */
async function writeWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(unfinished, { mode: 0o600, flush: true }));
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function* throughGzip(
  bytes: AsyncIterable<Uint8Array>,
  gzip: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(Readable.from(bytes), gzip);
  // Reported by the loop below, which ends with the same error.
  fed.catch(() => undefined);
  for await (const piece of gzip) yield piece as unknown as Uint8Array;
  await fed;
}

/** What a file is sealed with; `cost` as in sealed-file.ts. */
export interface Sealing {
  readonly passphrase: string;
  readonly cost: number;
}

/** `sealing` null: readable by whoever has the file. */
export async function writeBackupFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  sealing: Sealing | null,
): Promise<void> {
  const small = throughGzip(bytes, createGzip());
  await writeWhole(path, sealing === null ? small : seal(small, sealing.passphrase, sealing.cost));
}

export async function isSealed(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(sealedMagic.length), 0, sealedMagic.length, 0);
    return buffer.equals(sealedMagic);
  } finally {
    await file.close();
  }
}

/** Throws `CannotUnseal` and zlib's errors. */
export async function* backupFileBytes(path: string, passphrase: string | null): AsyncGenerator<Uint8Array> {
  const sealed = await isSealed(path);
  if (sealed && passphrase === null) throw new CannotUnseal('the file is sealed: give --passphrase-file');
  const bytes: AsyncIterable<Buffer> = createReadStream(path);
  yield* throughGzip(sealed && passphrase !== null ? unseal(bytes, passphrase) : bytes, createGunzip());
}

export const backupFileLines = (path: string, passphrase: string | null): AsyncGenerator<string> =>
  linesOf(backupFileBytes(path, passphrase));

export const keysFileOf = (backupPath: string): string => `${backupPath}.keys`;

/** The server's secrets, always under the passphrase and never in the backup itself. */
export async function writeKeysFile(path: string, text: string, sealing: Sealing): Promise<void> {
  const once = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(text));
  };
  await writeWhole(path, seal(once(), sealing.passphrase, sealing.cost));
}

export async function readKeysFile(path: string, passphrase: string): Promise<string> {
  const pieces: Buffer[] = [];
  const bytes: AsyncIterable<Buffer> = createReadStream(path);
  for await (const piece of unseal(bytes, passphrase)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
