import { m } from '$lib/paraglide/messages.js';
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
