import type { PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { KeyringStatus, Secret, SignInReason, UnlockFailure } from '$lib/keys/keyrings.ts';
import { mostTries } from '$lib/keys/wrong-tries.ts';

export type SecretKind = Secret['kind'];

/** Why the lock screen asks for the server: what the keys say, or what the person wants. */
export type ServerReason = SignInReason | 'someone-else' | 'forgotten';

/** What was said after the last try; null: nothing yet. */
export type Said =
  { readonly type: 'wrong'; readonly triesLeft: number } | { readonly type: 'storage-failed' };

/** Where a person stands at a locked tablet. */
export type Door =
  /** "Who are you?" */
  | { readonly at: 'who' }
  | {
      readonly at: 'asking';
      readonly person: PersonId;
      readonly kind: SecretKind;
      /** There is the other way of opening as well. */
      readonly hasOther: boolean;
      readonly said: Said | null;
      /** By the tablet's own clock; no try is taken before. null: now. */
      readonly blockedUntil: Instant | null;
    }
  /** A key is being derived, then the records are opened. */
  | {
      readonly at: 'trying';
      readonly person: PersonId;
      readonly kind: SecretKind;
      readonly hasOther: boolean;
    }
  /** Only signing in at the server helps. `person` null: somebody who is not in the list. */
  | { readonly at: 'server'; readonly person: PersonId | null; readonly why: ServerReason };

export type DoorEvent =
  | {
      readonly type: 'chosen';
      readonly person: PersonId;
      readonly status: KeyringStatus;
      readonly now: Instant;
    }
  | { readonly type: 'back' }
  | { readonly type: 'someone-else' }
  | { readonly type: 'forgotten' }
  | { readonly type: 'other-way' }
  | { readonly type: 'entered' }
  | { readonly type: 'refused'; readonly failure: UnlockFailure; readonly now: Instant }
  /** The tablet's clock moved on. */
  | { readonly type: 'time'; readonly now: Instant };

const until = (now: Instant, waitMs: number): Instant | null => (waitMs > 0 ? addMs(now, waitMs) : null);

function doorOf(person: PersonId, status: KeyringStatus, now: Instant): Door {
  const server = (why: SignInReason): Door => ({ at: 'server', person, why });
  if (status.lease === 'none') return server('never-signed-in');
  if (status.lease === 'ended') return server('lease-ended');
  if (status.wrongTries >= mostTries) return server('tries-used-up');
  if (!status.hasPin && !status.hasPassword) return server('no-such-secret');
  return {
    at: 'asking',
    person,
    kind: status.hasPin ? 'pin' : 'password',
    hasOther: status.hasPin && status.hasPassword,
    said: null,
    blockedUntil: until(now, status.waitMs),
  };
}

function refused(door: Extract<Door, { at: 'trying' }>, failure: UnlockFailure, now: Instant): Door {
  const { person, kind, hasOther } = door;
  const again = (said: Said | null, waitMs: number): Door => ({
    at: 'asking',
    person,
    kind,
    hasOther,
    said,
    blockedUntil: until(now, waitMs),
  });
  switch (failure.type) {
    case 'wrong':
      return failure.triesLeft === 0
        ? { at: 'server', person, why: 'tries-used-up' }
        : again({ type: 'wrong', triesLeft: failure.triesLeft }, failure.waitMs);
    case 'wait':
      return again(null, failure.waitMs);
    case 'storage-failed':
      return again({ type: 'storage-failed' }, 0);
    case 'sign-in':
      return { at: 'server', person, why: failure.why };
  }
}

/** What comes of it; an event that does not belong to where one stands changes nothing. */
export function step(door: Door, event: DoorEvent): Door {
  switch (event.type) {
    case 'chosen':
      return door.at === 'trying' ? door : doorOf(event.person, event.status, event.now);
    case 'back':
      return door.at === 'trying' ? door : { at: 'who' };
    case 'someone-else':
      return door.at === 'trying' ? door : { at: 'server', person: null, why: 'someone-else' };
    case 'forgotten':
      return door.at === 'asking' ? { at: 'server', person: door.person, why: 'forgotten' } : door;
    case 'other-way':
      return door.at === 'asking' && door.hasOther
        ? { ...door, kind: door.kind === 'pin' ? 'password' : 'pin' }
        : door;
    case 'entered':
      return door.at === 'asking' && door.blockedUntil === null
        ? { at: 'trying', person: door.person, kind: door.kind, hasOther: door.hasOther }
        : door;
    case 'refused':
      return door.at === 'trying' ? refused(door, event.failure, event.now) : door;
    case 'time':
      return door.at === 'asking' && door.blockedUntil !== null && door.blockedUntil <= event.now
        ? { ...door, blockedUntil: null }
        : door;
  }
}
