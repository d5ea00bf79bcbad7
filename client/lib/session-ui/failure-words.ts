import { m } from '$lib/paraglide/messages.js';
import type { OpenIdRefusal } from '#shared/session/openid.ts';
import type { OpenIdFailure } from '$lib/session/openid-api.ts';
import type { PasswordFailure, SignInFailure } from './sessions.ts';

/** What happened, what is safe, what to do. */
export function signInFailureWords(failure: SignInFailure): string {
  switch (failure.type) {
    case 'wrong-credentials':
      return m.session_failed_credentials();
    case 'slowed-down':
      return failure.retryAfterSeconds === null
        ? m.session_failed_slowed()
        : m.session_failed_slowed_for({ seconds: failure.retryAfterSeconds });
    case 'no-answer':
      return m.session_failed_no_answer();
    case 'not-our-server':
      return m.session_failed_portal();
    case 'update-needed':
      return m.session_failed_update();
    case 'storage-failed':
      return m.session_failed_storage();
    case 'tablet-full':
      return m.session_failed_tablet_full();
    case 'revoked':
      return m.session_failed_revoked();
    case 'other':
      return m.session_failed_other();
  }
}

export function passwordFailureWords(failure: PasswordFailure): string {
  switch (failure.type) {
    case 'wrong-credentials':
      return m.session_change_wrong();
    case 'weak-password':
      return m.session_change_weak();
    case 'no-answer':
      return m.session_failed_no_answer();
    case 'other':
      return m.session_failed_other();
  }
}

function openIdRefusalWords(why: OpenIdRefusal | null): string {
  switch (why) {
    case 'no-email':
      return m.session_openid_no_email();
    case 'email-not-verified':
      return m.session_openid_not_verified();
    case 'foreign-domain':
      return m.session_openid_foreign();
    case 'unknown-person':
      return m.session_openid_unknown();
    case 'inactive-person':
      return m.session_openid_inactive();
    case 'linked-to-another':
      return m.session_openid_linked();
    case null:
      return m.session_failed_other();
  }
}

/** Why somebody who came from the hospital's own sign-in is not signed in. */
export function openIdFailureWords(failure: OpenIdFailure | SignInFailure): string {
  switch (failure.type) {
    case 'issuer-away':
      return m.session_openid_away();
    case 'not-valid':
      return m.session_openid_not_valid();
    case 'refused':
      return openIdRefusalWords(failure.why);
    default:
      return signInFailureWords(failure);
  }
}
