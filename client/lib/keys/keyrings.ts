import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { Lease } from '#shared/session/lease.ts';

/**
 * What is in memory while a person's records are open, and nowhere else: never in a store, never in localStorage. All of it can be
 * handed to another window by `postMessage`.
 */
export interface UnlockedKeys {
  readonly person: PersonId;
  /** Names the data key and tells nothing of it; a database sealed under another one cannot be opened with these. */
  readonly keyId: string;
  /** AES-256-GCM, not extractable: seals every stored document ($lib/db/seal.ts). */
  readonly documents: CryptoKey;
  /** AES-256-GCM, not extractable, for `wrapKey` and `unwrapKey`: the signing key of this person and tablet lies under it. */
  readonly wrapping: CryptoKey;
  /** 32 bytes for ciphers that answer at once: the draft journal. */
  readonly journal: Uint8Array<ArrayBuffer>;
}

/** What a person types to open their records. */
export interface Secret {
  readonly kind: 'pin' | 'password';
  readonly text: string;
}

/** Why a PIN is not taken. */
export type PinRefusal = 'too-short' | 'too-long' | 'not-digits' | 'all-equal' | 'run';

/** The right to change what opens the records: given only to who has just opened them. Dies with the page; drop it when it is not needed. */
export interface KeyChange {
  /** Replaces the PIN. `storage-failed`: the old one stays. */
  setPin(
    pin: string,
  ): Promise<
    Result<
      undefined,
      { readonly type: 'refused'; readonly why: PinRefusal } | { readonly type: 'storage-failed' }
    >
  >;
  removePin(): Promise<Result<undefined, { readonly type: 'storage-failed' }>>;
  /** After a change of the password at the server, with the new one. */
  setPassword(password: string): Promise<Result<undefined, { readonly type: 'storage-failed' }>>;
}

export interface Opened {
  readonly keys: UnlockedKeys;
  readonly change: KeyChange;
  /**
   * After a sign-in a password's wrap that is there already is made anew behind the screen; resolves when that is done, or could not be
   * done. Until then the password before it opens offline.
   */
  readonly settled: Promise<void>;
  /** What was sealed here before cannot be opened any more, by anybody: say so. The person begins with an empty tablet. */
  readonly isAnew: boolean;
}

/** Why only signing in at the server opens the records now. */
export type SignInReason =
  /** Nobody has signed in here as this person since this tablet seals its records. */
  | 'never-signed-in'
  /** There is no PIN (or no password) of theirs on this tablet. */
  | 'no-such-secret'
  /** Ten wrong tries: what was tried opens nothing any more. */
  | 'tries-used-up'
  /** The server has not been reached for longer than the hospital allows. Sending goes on. */
  | 'lease-ended';

export type UnlockFailure =
  /** `triesLeft` before only the server can help; `waitMs` until the next try is taken. */
  | { readonly type: 'wrong'; readonly triesLeft: number; readonly waitMs: number }
  /** Not looked at: it came before the wait was over. */
  | { readonly type: 'wait'; readonly waitMs: number }
  | { readonly type: 'sign-in'; readonly why: SignInReason }
  /** The browser's storage does not answer, or it has no memory to derive a key: nothing was tried. */
  | { readonly type: 'storage-failed' };

export type SignedInFailure =
  /** The records here open only with the server's half of the recovery, and it could not be fetched. Try again. */
  | { readonly type: 'no-answer' }
  /** The server has destroyed its half (the device was revoked): what lies here stays shut. */
  | { readonly type: 'revoked' }
  | { readonly type: 'storage-failed' };

/** What the lock screen needs to know of one person, without opening anything. */
export interface KeyringStatus {
  readonly hasPin: boolean;
  readonly hasPassword: boolean;
  /** Wrong tries since the last right one, PIN and password together. */
  readonly wrongTries: number;
  /** Milliseconds until the next try is taken; 0: now. */
  readonly waitMs: number;
  /** `none`: never signed in here since this tablet seals; then both `has…` are false. */
  readonly lease: 'running' | 'ended' | 'none';
  /** null when `none`. */
  readonly leaseEndsAt: Instant | null;
}

/**
 * The keys of everybody who has signed in on this tablet: one data key per person, wrapped under their PIN, their password and the
 * server's recovery secret. Waits, wrong tries and the lease are kept here, outside every person's database.
 */
export interface Keyrings {
  /** Never rejects; a storage that does not answer reads as `none`. */
  status(person: PersonId): Promise<KeyringStatus>;

  /**
   * Opens with a PIN or a password, without the network. Takes as long as deriving a key does (half a second and more): show that it
   * works. A wrong try counts also when the app is killed in between.
   */
  unlock(person: PersonId, secret: Secret): Promise<Result<Opened, UnlockFailure>>;

  /**
   * Right after a sign-in at the server, in the session of `slot`: opens what lies here, or makes the keys of a person who is new here.
   * The password's wrap is made anew (`password` null after OpenID: then a PIN must be set), wrong tries are forgotten, the lease begins.
   * Asks the server for the recovery secret; where that fails and the password opens by itself, it goes on without.
   */
  signedIn(who: {
    readonly person: PersonId;
    readonly slot: number;
    readonly password: string | null;
    readonly lease: Lease | null;
    /** Server's time of the answer. */
    readonly asOf: Instant;
  }): Promise<Result<Opened, SignedInFailure>>;

  /** The server was reached: from `GET /api/session` of this person. A lease that is not signed by our server is let pass unread. */
  contact(person: PersonId, lease: Lease | null, asOf: Instant): Promise<void>;

  /** Takes away everything that opens this person's records (the tablet was revoked). Their database is sealed rubbish from then on. */
  destroy(person: PersonId): Promise<void>;
}

/** The keys between pages: across a reload, and from an open window to a new one. */
export interface KeyHandOver {
  /**
   * Keys of the person whose workspace is open in another window, or was on this page less than a minute ago; null: ask for the PIN.
   * They are given once. Never rejects; answers at once where nobody has any, else within seconds.
   */
  take(): Promise<UnlockedKeys | null>;
  /**
   * While `keys` are in use on this page: hands them on when it is left, and to new windows that ask. `onLocked` runs when another
   * window has locked. Answers the end of it.
   */
  hold(keys: UnlockedKeys, onLocked: () => void): HeldKeys;
}

export interface HeldKeys {
  /** Locks: every window is told, and nothing is handed on any more. */
  lock(): void;
  /** This page lets go without locking the others (another person takes the tablet over here). */
  release(): void;
}
