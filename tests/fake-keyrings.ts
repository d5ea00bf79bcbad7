import type { PersonId } from '#shared/lib/id.ts';
import { err, ok } from '#shared/lib/result.ts';
import type { KeyHandOver, Keyrings, KeyringStatus, Opened, UnlockedKeys } from '$lib/keys/keyrings.ts';
import { mostTries } from '$lib/keys/wrong-tries.ts';

interface Ring {
  pin: string | null;
  password: string | null;
  wrongTries: number;
}

/** Keyrings without a key in them: what opens whose records, in memory. */
export interface FakeKeyrings extends Keyrings {
  /** Whose lease has ended. */
  readonly ended: Set<PersonId>;
  /** Who was heard of by the server, in this order. */
  readonly contacts: PersonId[];
  /** The server's half of the recovery cannot be fetched. */
  isAway: boolean;
}

const keysOf = (person: PersonId): UnlockedKeys => ({
  person,
  keyId: `key of ${person}`,
  // Nothing is sealed in these tests.
  documents: {} as CryptoKey,
  wrapping: {} as CryptoKey,
  journal: new Uint8Array(32),
});

export function createFakeKeyrings(): FakeKeyrings {
  const rings = new Map<PersonId, Ring>();
  const fake: FakeKeyrings = {
    ended: new Set(),
    contacts: [],
    isAway: false,
    status(person) {
      const ring = rings.get(person);
      const status: KeyringStatus = {
        hasPin: (ring?.pin ?? null) !== null,
        hasPassword: (ring?.password ?? null) !== null,
        wrongTries: ring?.wrongTries ?? 0,
        waitMs: 0,
        lease: ring === undefined ? 'none' : fake.ended.has(person) ? 'ended' : 'running',
        leaseEndsAt: null,
      };
      return Promise.resolve(status);
    },
    unlock(person, { kind, text }) {
      const ring = rings.get(person);
      if (ring === undefined) return Promise.resolve(err({ type: 'sign-in', why: 'never-signed-in' }));
      if (fake.ended.has(person)) return Promise.resolve(err({ type: 'sign-in', why: 'lease-ended' }));
      if (ring[kind] === text) {
        ring.wrongTries = 0;
        return Promise.resolve(ok(openedOf(person, ring)));
      }
      ring.wrongTries += 1;
      return Promise.resolve(err({ type: 'wrong', triesLeft: mostTries - ring.wrongTries, waitMs: 0 }));
    },
    signedIn({ person, password }) {
      if (fake.isAway) return Promise.resolve(err({ type: 'no-answer' }));
      const before = rings.get(person);
      const ring: Ring = {
        pin: before?.pin ?? null,
        password: password ?? before?.password ?? null,
        wrongTries: 0,
      };
      rings.set(person, ring);
      fake.ended.delete(person);
      return Promise.resolve(ok(openedOf(person, ring)));
    },
    contact(person) {
      fake.contacts.push(person);
      return Promise.resolve();
    },
    destroy(person) {
      rings.delete(person);
      return Promise.resolve();
    },
  };
  function openedOf(person: PersonId, ring: Ring): Opened {
    return {
      keys: keysOf(person),
      settled: Promise.resolve(),
      isAnew: false,
      change: {
        setPin(pin) {
          if (pin.length < 6)
            return Promise.resolve(err({ type: 'refused' as const, why: 'too-short' as const }));
          ring.pin = pin;
          return Promise.resolve(ok(undefined));
        },
        removePin() {
          ring.pin = null;
          return Promise.resolve(ok(undefined));
        },
        setPassword(password) {
          ring.password = password;
          return Promise.resolve(ok(undefined));
        },
      },
    };
  }
  return fake;
}

/** The hand-over between pages of one browser: `reload` keeps what is held, `coldStart` forgets it. */
export function createFakeHandOver(): KeyHandOver & {
  /** What a page that is left now hands on. */
  held(): UnlockedKeys | null;
  lockElsewhere(): void;
  coldStart(): void;
} {
  let held: UnlockedKeys | null = null;
  let onLocked: () => void = () => undefined;
  return {
    held: () => held,
    lockElsewhere() {
      held = null;
      onLocked();
    },
    coldStart: () => (held = null),
    take: () => Promise.resolve(held),
    hold(keys, run) {
      held = keys;
      onLocked = run;
      const letGo = (): void => {
        if (held === keys) held = null;
      };
      return { lock: letGo, release: letGo };
    },
  };
}
