import { msBetween, type Instant } from '#shared/lib/instant.ts';
import { mostDigits } from '$lib/keys/pin-rules.ts';
import type { PinRefusal } from '$lib/keys/keyrings.ts';
import { m } from '$lib/paraglide/messages.js';
import type { PinFailure } from '$lib/session-ui/sessions.ts';
import { minutesWords } from '$lib/time/words.ts';
import type { SecretKind, ServerReason } from './door.ts';

const minuteMs = 60_000;

export function pinRefusalWords(why: PinRefusal): string {
  switch (why) {
    case 'too-short':
      return m.lock_pin_too_short();
    case 'too-long':
      return m.lock_pin_too_long({ count: mostDigits });
    case 'not-digits':
      return m.lock_pin_not_digits();
    case 'all-equal':
      return m.lock_pin_all_equal();
    case 'run':
      return m.lock_pin_run();
  }
}

/** "The next try is taken in 12 seconds." Minutes from two on: nobody counts seconds then. */
export function waitWords(waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return seconds < 120
    ? m.lock_wait_seconds({ count: seconds })
    : m.lock_wait_minutes({ minutes: minutesWords(Math.ceil(waitMs / minuteMs)) });
}

export const blockedWords = (blockedUntil: Instant, now: Instant): string =>
  waitWords(msBetween(now, blockedUntil));

export const wrongWords = (kind: SecretKind): string =>
  kind === 'pin' ? m.lock_wrong_pin() : m.lock_wrong_password();

export function serverWords(why: ServerReason, name: string): string | null {
  switch (why) {
    case 'someone-else':
      return null;
    case 'never-signed-in':
      return m.lock_server_never({ name });
    case 'no-such-secret':
      return m.lock_server_no_secret({ name });
    case 'tries-used-up':
      return m.lock_server_used_up({ name });
    case 'lease-ended':
      return m.lock_server_lease({ name });
    case 'forgotten':
      return m.lock_server_forgotten({ name });
  }
}

/** Why a PIN was not set. `at`: the field it belongs to. */
export function pinFailureWords(failure: PinFailure): {
  readonly at: 'present' | 'pin' | 'form';
  readonly words: string;
} {
  switch (failure.type) {
    case 'refused':
      return { at: 'pin', words: pinRefusalWords(failure.why) };
    case 'wrong':
      return {
        at: 'present',
        words: m.lock_pin_present_wrong() + (failure.waitMs > 0 ? ` ${waitWords(failure.waitMs)}` : ''),
      };
    case 'wait':
      return { at: 'present', words: waitWords(failure.waitMs) };
    case 'present-needed':
      return { at: 'present', words: m.lock_pin_present_missing() };
    case 'storage-failed':
      return { at: 'form', words: m.lock_pin_not_saved() };
    case 'sign-in':
      return { at: 'form', words: m.lock_pin_sign_in() };
  }
}
