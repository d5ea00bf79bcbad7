import { m } from '$lib/paraglide/messages.js';
import type { RedeemFailure } from './redeem-link.ts';

/** What happened, what is safe, what to do. `mayHaveArrived`: an earlier try got no answer. */
export function redeemFailureWords(failure: RedeemFailure, mayHaveArrived: boolean): string {
  switch (failure.type) {
    case 'link-not-valid':
      return mayHaveArrived ? m.welcome_link_perhaps_used() : m.welcome_link_not_valid();
    case 'weak-password':
      return m.welcome_weak();
    case 'email-taken':
      return m.welcome_email_taken();
    case 'time-zone-unknown':
      return m.welcome_time_zone_unknown();
    case 'no-answer':
      return m.welcome_no_answer();
    case 'not-our-server':
      return m.session_failed_portal();
    case 'update-needed':
      return m.session_failed_update();
    case 'slowed-down':
      return failure.retryAfterSeconds === null
        ? m.session_failed_slowed()
        : m.session_failed_slowed_for({ seconds: failure.retryAfterSeconds });
    case 'other':
      return m.welcome_other();
  }
}
