import { hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';

export interface PasswordCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** RFC 9106 §4, second recommended option, on one lane: about 140 ms on the smallest server we support. Source: docs/security.md */
export const defaultPasswordCost: PasswordCost = { memoryKiB: 64 * 1024, passes: 3 };

/** `Algorithm.Argon2id`, a const enum that only its own package may read. */
const argon2id = 2;

/** Every core busy with passwords would leave none for consults. */
const maxAtOnce = 2;
const maxWaiting = 400;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null: nobody has this account; takes as long and answers false. */
  verify(stored: string | null, password: string): Promise<boolean>;
}

/** Too many wait for their password to be checked; said before any work is done. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy';
}

/** Argon2id (RFC 9106), version 1.3, salted by the library. Throws `PasswordsBusy`. */
export function createPasswords(cost: PasswordCost): Passwords {
  const options = { algorithm: argon2id, memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 };
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= maxAtOnce) {
      if (waiting.length >= maxWaiting) throw new PasswordsBusy('too many passwords are being checked');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  let stranger: Promise<string> | null = null;
  const strangersHash = (): Promise<string> =>
    (stranger ??= hash(randomBytes(24).toString('base64url'), options));

  return {
    // NFC: the same letters typed on two keyboards are the same password.
    hash: (password) => inTurn(() => hash(password.normalize('NFC'), options)),
    verify: (stored, password) =>
      inTurn(async () => {
        const isRight = await verify(stored ?? (await strangersHash()), password.normalize('NFC'));
        return isRight && stored !== null;
      }),
  };
}
