import type { z } from 'zod';
import type { Result } from '#shared/lib/result.ts';
import type { DeviceDescription, demoSignInsSchema } from '#shared/session/protocol.ts';
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
  | { readonly type: 'other' };

export type PasswordFailure =
  | { readonly type: 'wrong-credentials' }
  | { readonly type: 'weak-password' }
  | { readonly type: 'no-answer' }
  | { readonly type: 'other' };

export type SessionState =
  | { readonly phase: 'opening' }
  | { readonly phase: 'signed-out' }
  | {
      readonly phase: 'signed-in';
      readonly tablet: Tablet;
      readonly demo: boolean;
      readonly mustChangePassword: boolean;
    };

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

/** What the screens need to know about who is at the tablet. The composition root fits the session parts to it. */
export interface Sessions {
  readonly state: Live<SessionState>;
  readonly device: DeviceChoice;
  /** Also signs the present person in again after the session ended; the workspace stays open. */
  signIn(email: string, password: string): Promise<Result<undefined, SignInFailure>>;
  /** Absent: not in this build, such as a test's. */
  readonly openId?: OpenIdSignIn;
  changePassword(current: string, next: string): Promise<Result<undefined, PasswordFailure>>;
  /** Locks the workspace and never deletes: what waits here is sent after the next sign-in. */
  signOut(): Promise<void>;
  /** null: not a demo, or nobody answered. */
  demoSignIns(): Promise<readonly DemoSignIn[] | null>;
}
