import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { ok, type Result } from '#shared/lib/result.ts';
import { addMs, instant, type Instant } from '#shared/lib/instant.ts';
import { leaseBytes, type Lease } from '#shared/session/lease.ts';
import type { Bytes } from '$lib/keys/bytes.ts';
import { createKeyrings } from '$lib/keys/create-keyrings.ts';
import type { Kdf } from '$lib/keys/kdf.ts';
import type { Keyring, KeyringStore, KnownTime } from '$lib/keys/keyring.ts';
import type { RecoveryFailure } from '$lib/keys/recovery-api.ts';
import { createTestClock } from '#tests/server.ts';
import { deviceId, people } from '#tests/builders.ts';

export const me = people.requester.id;
export const hourMs = 60 * 60_000;
export const start = instant('2026-11-22T08:00:00.000Z');

/** A store that outlives the keyrings made on it, as a disk does. */
export function createMemoryKeyringStore() {
  const keyrings = new Map<string, Keyring>();
  let time: KnownTime | null = null;
  let isBroken = false;
  const store: KeyringStore = {
    change(person, run) {
      if (isBroken) return Promise.reject(new Error('the disk is gone'));
      const changed = run(structuredClone(keyrings.get(person) ?? null), time);
      if (changed.keyring === null) keyrings.delete(person);
      else if (changed.keyring !== undefined) keyrings.set(person, structuredClone(changed.keyring));
      time = changed.time ?? time;
      return Promise.resolve(changed.answer);
    },
  };
  return { ...store, keyrings, breakIt: () => void (isBroken = true) };
}

/** Costs nothing. `onDerive` runs before each answer, such as to look at what is stored by then. */
export function cheapKdf(onDerive: () => void | Promise<void> = () => undefined): Kdf & { derived: number } {
  const kdf = {
    derived: 0,
    costHere: () => Promise.resolve({ memoryKiB: 8, passes: 1 }),
    async derive(text: string, salt: Bytes) {
      kdf.derived++;
      await onDerive();
      const bytes = new Uint8Array([...salt, ...new TextEncoder().encode(text)]);
      return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    },
  };
  return kdf;
}

const signer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pointOf = (key: KeyObject): string => {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString(
    'base64url',
  );
};

/** As the server signs it; `over` after signing, as a forger would. */
export function leaseFrom(from: Instant, hours: number, over: Partial<Lease> = {}): Lease {
  const plain = { person: me, device: deviceId('one'), from, until: addMs(from, hours * hourMs) };
  const signature = sign('sha256', Buffer.from(leaseBytes(plain)), {
    key: signer.privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64url');
  return { ...plain, signature, publicKey: pointOf(signer.publicKey), ...over };
}

/** Keyrings on a tablet whose clock, disk and server a test holds in its hand. */
export function createKeysBench() {
  const clock = createTestClock(start);
  const store = createMemoryKeyringStore();
  const kdf = cheapKdf();
  const bench = {
    clock,
    store,
    kdf,
    serverSecret: new Uint8Array(32).fill(7) as Bytes | null,
    isRevoked: false,
    make: (with_: { readonly kdf?: Kdf } = {}) =>
      createKeyrings({
        store,
        clock,
        kdf: with_.kdf ?? kdf,
        recovery: {
          secret(): Promise<Result<Bytes, RecoveryFailure>> {
            if (bench.isRevoked) return Promise.resolve({ ok: false, error: { type: 'revoked' } });
            return Promise.resolve(
              bench.serverSecret === null
                ? { ok: false, error: { type: 'no-answer' } }
                : ok(bench.serverSecret),
            );
          },
        },
      }),
    async signIn(password: string | null = 'right password', leaseHours = 72) {
      const asOf = clock.now();
      const opened = await bench
        .make()
        .signedIn({ person: me, slot: 0, password, lease: leaseFrom(asOf, leaseHours), asOf });
      if (opened.ok) await opened.value.settled;
      return opened;
    },
  };
  return bench;
}
