import type { PersonId } from '#shared/lib/id.ts';
import { instantToMs, type Clock, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { Lease } from '#shared/session/lease.ts';
import type { Bytes } from './bytes.ts';
import { keyIdOf, keysOf, newDataKey } from './data-key.ts';
import type { Kdf } from './kdf.ts';
import type { Changed, Keyring, KeyringStore, KnownTime, Wrap } from './keyring.ts';
import type {
  KeyChange,
  KeyringStatus,
  Keyrings,
  Opened,
  Secret,
  SignedInFailure,
  SignInReason,
  UnlockFailure,
} from './keyrings.ts';
import { isRunning, isSigned, reckoned, told } from './lease-time.ts';
import { pinRefusal } from './pin-rules.ts';
import type { RecoveryApi } from './recovery-api.ts';
import { unwrapForRecovery, unwrapUnder, wrapForRecovery, wrapUnder } from './wraps.ts';
import { mostTries, waitAfterMs, waitOf } from './wrong-tries.ts';

export interface KeyringsParts {
  readonly store: KeyringStore;
  readonly kdf: Kdf;
  readonly recovery: RecoveryApi;
  /** The device's own clock, right or wrong. */
  readonly clock: Clock;
}

interface Made {
  readonly dataKey: Bytes;
  readonly keyring: Keyring;
}

/** The keyring with the try counted, the wrap that is tried, and the tries before. */
type Begun = readonly [Keyring, Wrap, Keyring['tries']];

const noTries = { count: 0, lastAtMs: null };
const unknown: KeyringStatus = {
  hasPin: false,
  hasPassword: false,
  wrongTries: 0,
  waitMs: 0,
  lease: 'none',
  leaseEndsAt: null,
};

export function createKeyrings(parts: KeyringsParts): Keyrings {
  const { store, kdf, recovery, clock } = parts;
  const nowMs = (): number => instantToMs(clock.now());

  /** Every look at the keyrings moves the reckoned time on, so that a clock set back later does not undo it. */
  function change<R>(
    person: PersonId,
    run: (held: Keyring | null, time: KnownTime | null) => Changed<R>,
  ): Promise<R> {
    return store.change(person, (held, known) => {
      const time = reckoned(known, nowMs());
      const changed = run(held, time);
      return time === null || changed.time !== undefined ? changed : { ...changed, time };
    });
  }
  const failed = { type: 'storage-failed' } as const;
  const untouched = <T>(run: Promise<T>): Promise<Result<T, typeof failed>> =>
    run.then(ok, () => err(failed));

  /** Into the keyring of this data key alone: another window may have begun a new one. */
  const put = (person: PersonId, keyId: string, fields: Partial<Keyring>): Promise<undefined> =>
    change(person, (held) =>
      held?.keyId === keyId ? { keyring: { ...held, ...fields }, answer: undefined } : { answer: undefined },
    );

  function changeOf(owner: Pick<Keyring, 'person' | 'keyId'>, dataKey: Bytes): KeyChange {
    const wrapped = (secret: Secret): Promise<Result<undefined, typeof failed>> =>
      untouched(
        wrapUnder(kdf, secret, dataKey, owner).then((wrap) =>
          put(owner.person, owner.keyId, { [secret.kind]: wrap }),
        ),
      );
    return {
      async setPin(pin) {
        const why = pinRefusal(pin);
        return why === null ? wrapped({ kind: 'pin', text: pin }) : err({ type: 'refused', why });
      },
      removePin: () => untouched(put(owner.person, owner.keyId, { pin: null })),
      setPassword: (password) => wrapped({ kind: 'password', text: password }),
    };
  }

  async function openedWith(
    person: PersonId,
    dataKey: Bytes,
    more: { readonly settled?: (change: KeyChange) => Promise<unknown>; readonly isAnew?: boolean } = {},
  ): Promise<Opened> {
    const keys = await keysOf(person, dataKey);
    const keyChange = changeOf(keys, dataKey);
    const settled = (more.settled?.(keyChange) ?? Promise.resolve()).then(() => undefined);
    return { keys, change: keyChange, settled, isAnew: more.isAnew ?? false };
  }

  /** Counts the try before anything is derived: killing the app in between gains nothing. */
  async function beginTry(person: PersonId, kind: Secret['kind']): Promise<Result<Begun, UnlockFailure>> {
    const lease = await change(person, (held) => ({ answer: held?.lease ?? null }));
    const isLeaseOurs = lease !== null && (await isSigned(lease));
    return change<Result<Begun, UnlockFailure>>(person, (held, time) => {
      const signIn = (why: SignInReason) => ({ answer: err({ type: 'sign-in' as const, why }) });
      if (held === null) return signIn('never-signed-in');
      if (held.usedUp) return signIn('tries-used-up');
      if (!isLeaseOurs || !isRunning(held.lease, time)) return signIn('lease-ended');
      const wrap = held[kind];
      if (wrap === null) return signIn('no-such-secret');
      // Killed between the last try and its end.
      if (held.tries.count >= mostTries) return { ...signIn('tries-used-up'), keyring: usedUp(held) };
      const { waitMs, tries } = waitOf(held.tries, nowMs());
      if (waitMs > 0) return { keyring: { ...held, tries }, answer: err({ type: 'wait', waitMs }) };
      const counted = { ...held, tries: { count: tries.count + 1, lastAtMs: nowMs() } };
      return { keyring: counted, answer: ok([counted, wrap, held.tries]) };
    });
  }
  const usedUp = (keyring: Keyring): Keyring => ({ ...keyring, pin: null, password: null, usedUp: true });

  async function unlock(person: PersonId, secret: Secret): Promise<Result<Opened, UnlockFailure>> {
    const begun = await beginTry(person, secret.kind);
    if (!begun.ok) return begun;
    const [keyring, wrap] = begun.value;
    const dataKey = await unwrapUnder(kdf, secret, wrap, keyring).catch(async (error: unknown) => {
      // Nothing was derived (no memory for it), so nothing was tried: ten of these must not cost a person their keys.
      await put(person, keyring.keyId, { tries: begun.value[2] });
      throw error;
    });
    if (dataKey !== null) {
      await put(person, keyring.keyId, { tries: noTries });
      return ok(await openedWith(person, dataKey));
    }
    return change<Result<Opened, UnlockFailure>>(person, (held) => {
      const count = held?.tries.count ?? keyring.tries.count;
      if (held === null || count < mostTries) {
        // The wait begins when the answer is seen, not when the deriving began.
        const tries = { count, lastAtMs: nowMs() };
        const answer = err({
          type: 'wrong',
          triesLeft: mostTries - count,
          waitMs: waitAfterMs(count),
        } as const);
        return held === null ? { answer } : { keyring: { ...held, tries }, answer };
      }
      return { keyring: usedUp(held), answer: err({ type: 'sign-in', why: 'tries-used-up' }) };
    });
  }

  /** What opens the keys that lie here: the server's secret, else the password that has just been right at the server. */
  async function dataKeyHere(
    held: Keyring,
    secret: Bytes | null,
    password: string | null,
  ): Promise<Bytes | null> {
    const recovered =
      secret === null || held.recovery === null ? null : await unwrapForRecovery(secret, held.recovery, held);
    if (recovered !== null || password === null || held.password === null) return recovered;
    return unwrapUnder(kdf, { kind: 'password', text: password }, held.password, held);
  }

  async function made(person: PersonId, earlier: Keyring['earlier']): Promise<Made> {
    const dataKey = newDataKey();
    const keyring: Keyring = {
      version: 1,
      person,
      keyId: await keyIdOf(dataKey),
      pin: null,
      password: null,
      recovery: null,
      tries: noTries,
      usedUp: false,
      lease: null,
      earlier,
    };
    return { dataKey, keyring };
  }

  async function signedIn(
    who: Parameters<Keyrings['signedIn']>[0],
  ): Promise<Result<Opened, SignedInFailure>> {
    const { person, slot, password, lease, asOf } = who;
    const held = await change(person, (keyring) => ({ answer: keyring }));
    const fresh = held === null ? await made(person, []) : null;
    const typed: Secret | null = password === null ? null : { kind: 'password', text: password };
    const wrapping = ({ dataKey, keyring }: Made): Promise<Wrap> | null =>
      typed === null || keyring.password !== null ? null : wrapUnder(kdf, typed, dataKey, keyring);
    // Beside asking the server: each takes its time.
    const [answer, early] = await Promise.all([
      recovery.secret(slot),
      fresh === null ? null : wrapping(fresh),
    ]);
    if (!answer.ok && answer.error.type === 'revoked') return err({ type: 'revoked' });
    const secret = answer.ok ? answer.value : null;
    const here = held === null ? null : await dataKeyHere(held, secret, password);
    // Nobody knows yet whether the server could open it: what lies here is not given up for a bad network.
    if (secret === null && here === null && (held !== null || password === null))
      return err({ type: 'no-answer' });
    const opened: Made =
      held !== null && here !== null
        ? { dataKey: here, keyring: held }
        : (fresh ?? (await made(person, held === null ? [] : [...held.earlier, { ...held, earlier: [] }])));
    const { dataKey, keyring } = opened;

    // The first one is waited for: until it is there, only the server opens what will be written.
    const wrap = early ?? (await wrapping(opened));
    const fields: Partial<Keyring> = {
      tries: noTries,
      usedUp: false,
      ...(secret === null ? {} : { recovery: await wrapForRecovery(secret, dataKey, keyring) }),
      ...(wrap === null ? {} : { password: wrap }),
      ...(await leaseFields(person, lease)),
    };
    const isTaken = await change(person, (present) =>
      present?.keyId === held?.keyId
        ? { keyring: { ...keyring, ...fields }, time: told(asOf, nowMs()), answer: false }
        : { answer: true },
    );
    // Another window signed in at the same moment and made the keys.
    if (isTaken) return signedIn(who);
    return ok(
      await openedWith(person, dataKey, {
        isAnew: held !== null && here === null,
        ...(password === null || wrap !== null
          ? {}
          : { settled: (keyChange) => keyChange.setPassword(password) }),
      }),
    );
  }

  async function leaseFields(person: PersonId, lease: Lease | null): Promise<Partial<Keyring>> {
    return lease !== null && lease.person === person && (await isSigned(lease)) ? { lease } : {};
  }

  return {
    async status(person) {
      const read = change<KeyringStatus>(person, (held, time) => {
        if (held === null) return { answer: unknown };
        const { waitMs, tries } = waitOf(held.tries, nowMs());
        const answer: KeyringStatus = {
          hasPin: held.pin !== null,
          hasPassword: held.password !== null,
          wrongTries: tries.count,
          waitMs,
          lease: isRunning(held.lease, time) ? 'running' : 'ended',
          leaseEndsAt: held.lease?.until ?? null,
        };
        return tries === held.tries ? { answer } : { keyring: { ...held, tries }, answer };
      });
      return read.catch(() => unknown);
    },
    unlock: (person, secret) => unlock(person, secret).catch(() => err(failed)),
    signedIn: (who) => signedIn(who).catch(() => err(failed)),
    async contact(person: PersonId, lease: Lease | null, asOf: Instant) {
      const fields = await leaseFields(person, lease);
      await change(person, (held) =>
        held === null
          ? { answer: undefined }
          : { keyring: { ...held, ...fields }, time: told(asOf, nowMs()), answer: undefined },
      ).catch(() => undefined);
    },
    destroy: (person) => change(person, () => ({ keyring: null, answer: undefined })),
  };
}
