import type { z } from 'zod';
import type { PersonId } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import type { DeviceDescription, demoSignInsSchema } from '#shared/session/protocol.ts';
import type { PinRefusal, Secret } from '$lib/keys/keyrings.ts';
import type { Door } from '$lib/lock/door.ts';
import type { KeptCounts } from '$lib/lock/kept-counts.ts';
import type { Call } from '$lib/lock/wanted.ts';
import type { OpenIdFailure } from '$lib/session/openid-api.ts';
import type { Live, Tablet } from '$lib/tablet/tablet.ts';

export type DemoSignIn = z.infer<typeof demoSignInsSchema>['people'][number];

export type SignInFailure =
  | { readonly type: 'wrong-credentials' }
  /** Too many tries; `retryAfterSeconds` null when the server did not say. */
  | { readonly type: 'slowed-down'; readonly retryAfterSeconds: number | null }
  | { readonly type: 'no-answer' }
  /** Something answered that is not our server, such as a Wi-Fi sign-in page. */
  | { readonly type: 'not-our-server' }
  | { readonly type: 'update-needed' }
  | { readonly type: 'storage-failed' }
  | { readonly type: 'tablet-full' }
  /** The server has destroyed what opens this person's records on this tablet. */
  | { readonly type: 'revoked' }
  | { readonly type: 'other' };

export type PasswordFailure =
  | { readonly type: 'wrong-credentials' }
  | { readonly type: 'weak-password' }
  | { readonly type: 'no-answer' }
  | { readonly type: 'other' };

export type PinFailure =
  | { readonly type: 'refused'; readonly why: PinRefusal }
  | { readonly type: 'storage-failed' }
  /** What opens the records today was not right; `waitMs` until it is asked again. */
  | { readonly type: 'wrong'; readonly triesLeft: number; readonly waitMs: number }
  | { readonly type: 'wait'; readonly waitMs: number }
  /** What opens the records today has to be given first. */
  | { readonly type: 'present-needed' }
  /** Only after signing in at the server. */
  | { readonly type: 'sign-in' };

/** One who has a workspace on this tablet, as the locked tablet shows them. */
export interface PersonAtDoor {
  readonly person: PersonId;
  /** '' until the directory has told it. */
  readonly name: string;
  /** null: nothing is kept of them yet. */
  readonly counts: KeptCounts | null;
}

export type SessionState =
  | { readonly phase: 'opening' }
  /** Nobody has a workspace on this tablet. */
  | { readonly phase: 'signed-out' }
  | {
      readonly phase: 'locked';
      /** Who had it last stands first. */
      readonly people: readonly PersonAtDoor[];
      readonly door: Door;
    }
  | {
      readonly phase: 'signed-in';
      readonly tablet: Tablet;
      readonly demo: boolean;
      readonly mustChangePassword: boolean;
      /** offered: there is none, and nobody has said no. needed: without one nothing would open these records again. */
      readonly pin: 'none' | 'offered' | 'needed' | 'set';
      /** What was sealed here before cannot be opened any more, by anybody. */
      readonly isAnew: boolean;
    }
  /** Their records did not open; what could be read of them may be in the error. */
  | { readonly phase: 'opening-failed'; readonly error: unknown };

/** What this device is: shared by a ward, or one person's own. It counts from the next sign-in on. */
export interface DeviceChoice {
  current(): DeviceDescription;
  /** false: nobody has said yet; it counts as shared. */
  isDescribed(): boolean;
  describe(kind: DeviceDescription['kind'], name: string): void;
}

/** Sign-in at the hospital's own issuer. */
export interface OpenIdSignIn {
  /** Of the issuer; null: none is set up, or nobody answered. */
  name(): Promise<string | null>;
  /** The issuer's address, where the browser goes now. It comes back to a page that finishes, and the app starts anew. */
  begin(): Promise<Result<string, SignInFailure | OpenIdFailure>>;
}

/** The door of a locked tablet; what does not belong to where one stands does nothing. */
export interface AtDoor {
  choose(person: PersonId): Promise<void>;
  back(): void;
  someoneElse(): void;
  forgotten(): void;
  otherWay(): void;
  /** The wait may be over. */
  look(): void;
  /** Resolves when the records are open, or the door says why not. */
  enter(text: string): Promise<void>;
}

export interface PinChoice {
  /**
   * Sets or changes it. `present`: what opens the records now; asked for by `present-needed` unless they signed in a moment ago.
   */
  set(pin: string, present?: Secret): Promise<Result<undefined, PinFailure>>;
  /** What they may prove themselves with. */
  presentKinds(): Promise<readonly Secret['kind'][]>;
  /** Not now; the settings have it. */
  decline(): void;
}

/** What the screens need to know about who is at the tablet. The composition root fits the session parts to it. */
export interface Sessions {
  readonly state: Live<SessionState>;
  readonly device: DeviceChoice;
  /** Also signs the present person in again after the session ended; the workspace stays open. */
  signIn(email: string, password: string): Promise<Result<undefined, SignInFailure>>;
  /** Absent: not in this build, such as a test's. */
  readonly openId?: OpenIdSignIn;
  changePassword(current: string, next: string): Promise<Result<undefined, PasswordFailure>>;
  /** Closes the records and forgets what opens them; the session at the server goes on. idle: whoever comes back is asked first. */
  lock(why: 'handed-over' | 'idle'): Promise<void>;
  readonly door: AtDoor;
  readonly pin: PinChoice;
  /** A notification was tapped: its person is asked for, whoever has the tablet, and goes where it leads. */
  called(call: Call): Promise<void>;
  /** Where this person's records are to open, after a notification; told once, null: nowhere in particular. */
  takePath(person: PersonId): string | null;
  /** Locks, and ends the session at the server. Never deletes: what waits here is sent all the same. */
  signOut(): Promise<void>;
  /** null: not a demo, or nobody answered. */
  demoSignIns(): Promise<readonly DemoSignIn[] | null>;
}
