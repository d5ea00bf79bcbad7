import type { SignedInFailure, UnlockFailure } from '$lib/keys/keyrings.ts';
import type { PasswordFailure, PinFailure, SignInFailure } from '$lib/session-ui/sessions.ts';
import type { ApiFailure } from './session-api.ts';

export function signInFailure(failure: ApiFailure): SignInFailure {
  if (failure.type !== 'problem') return failure;
  switch (failure.code) {
    case 'wrong-credentials':
    case 'update-needed':
      return { type: failure.code };
    case 'slowed-down':
    case 'rate-limited':
      return { type: 'slowed-down', retryAfterSeconds: failure.retryAfterSeconds };
    default:
      return failure.status >= 500 ? { type: 'no-answer' } : { type: 'other' };
  }
}

export const keysFailure = (failure: SignedInFailure): SignInFailure => ({ type: failure.type });

export function passwordFailure(failure: ApiFailure): PasswordFailure {
  if (failure.type !== 'problem') return { type: 'no-answer' };
  if (failure.code === 'wrong-credentials' || failure.code === 'weak-password') return { type: failure.code };
  return { type: failure.status >= 500 ? 'no-answer' : 'other' };
}

export const presentFailure = (failure: UnlockFailure): PinFailure =>
  failure.type === 'sign-in' ? { type: 'sign-in' } : failure;
