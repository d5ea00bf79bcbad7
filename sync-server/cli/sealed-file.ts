import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';

/**
 * A file under a passphrase: magic, cost, salt, then frames of AES-256-GCM. Each frame's nonce is its number and its associated data says whether
 * it is the last, so that frames can be neither moved nor cut off unnoticed. The key is scrypt(passphrase, salt) with N = 2^cost, r = 8, p = 1.
 */
export const sealedMagic = Buffer.from('HCSEALED1\n');
const saltBytes = 16;
const tagBytes = 16;
const headerBytes = 5;
const frameBytes = 64 * 1024;
/** 128 MiB for each guess. */
export const defaultSealCost = 17;
const leastCost = 10;
/** A file from elsewhere must not ask for all memory. */
const mostCost = 20;

/** The passphrase is wrong, or the file was changed or cut. */
export class CannotUnseal extends Error {
  override readonly name = 'CannotUnseal';
}

const keyOf = (passphrase: string, salt: Buffer, cost: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** cost * 2048 };
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

function nonceOf(frame: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(Math.floor(frame / 2 ** 32), 4);
  nonce.writeUInt32BE(frame % 2 ** 32, 8);
  return nonce;
}

function sealFrame(key: Buffer, frame: number, isLast: boolean, bytes: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt32BE(bytes.length, 1);
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frame));
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

export async function* seal(
  bytes: AsyncIterable<Uint8Array>,
  passphrase: string,
  cost: number,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes);
  const key = await keyOf(passphrase, salt, cost);
  yield Buffer.concat([sealedMagic, Buffer.from([cost]), salt]);
  let waiting = Buffer.alloc(0);
  let frame = 0;
  for await (const piece of bytes) {
    waiting = Buffer.concat([waiting, piece]);
    while (waiting.length > frameBytes) {
      yield sealFrame(key, frame++, false, waiting.subarray(0, frameBytes));
      waiting = waiting.subarray(frameBytes);
    }
  }
  yield sealFrame(key, frame, true, waiting);
}

/** Throws `CannotUnseal`. `bytes` begin with the magic. */
export async function* unseal(bytes: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Buffer> {
  let waiting = Buffer.alloc(0);
  let key: Buffer | null = null;
  let frame = 0;
  let isDone = false;
  for await (const piece of bytes) {
    waiting = Buffer.concat([waiting, piece]);
    if (key === null) {
      const start = sealedMagic.length + 1 + saltBytes;
      if (waiting.length < start) continue;
      const cost = waiting.readUInt8(sealedMagic.length);
      if (cost < leastCost || cost > mostCost) throw new CannotUnseal('not a sealed file');
      key = await keyOf(passphrase, waiting.subarray(start - saltBytes, start), cost);
      waiting = waiting.subarray(start);
    }
    while (waiting.length >= headerBytes) {
      if (isDone) throw new CannotUnseal('something follows the end');
      const header = waiting.subarray(0, headerBytes);
      const length = header.readUInt32BE(1);
      if (length > frameBytes) throw new CannotUnseal('not a frame');
      const end = headerBytes + length + tagBytes;
      if (waiting.length < end) break;
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(frame++));
      decipher.setAAD(header);
      decipher.setAuthTag(waiting.subarray(end - tagBytes, end));
      try {
        yield Buffer.concat([
          decipher.update(waiting.subarray(headerBytes, end - tagBytes)),
          decipher.final(),
        ]);
      } catch (cause) {
        throw new CannotUnseal('the passphrase is wrong or the file was changed', { cause });
      }
      isDone = header.readUInt8(0) === 1;
      waiting = waiting.subarray(end);
    }
  }
  if (!isDone || waiting.length > 0) throw new CannotUnseal('the file is cut short');
}
