import type { AlertKind } from '#shared/alert/alert.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { TestOccasion } from '#shared/alert/words/vocabulary.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Language } from '#shared/lib/language.ts';

/**
 * - `ok`: the provider took it; nothing is known about the device yet.
 * - `gone`: the address is dead and must not be tried again.
 * - `failed`: refused, throttled or unreachable. It may still have been taken: a repeat carries the same tag and idempotency key. `isFinal`: a
 *   repeat will not change it.
 * - `none`: this channel cannot say such a thing, such as closing a notification by e-mail.
 */
export type SendOutcome =
  | { readonly type: 'ok' }
  | { readonly type: 'gone' }
  | { readonly type: 'failed'; readonly isFinal: boolean; readonly retryAfterSeconds: number | null }
  | { readonly type: 'none' };

/** One place where a person can be reached. Never logged, never stored with an alert. */
export interface AlertAddress {
  /** null: no device of ours, such as a mailbox. */
  readonly device: DeviceId | null;
  /** The endpoint, the e-mail address, the number. */
  readonly to: string;
}

/** All that leaves the hospital about an alert: no name, no MRN, no bed, no words of the request. */
export interface AlertMessage {
  /** 'stand-down' closes what was shown under the tag and shows nothing. */
  readonly type: 'alert' | 'stand-down';
  /** Ids of the alerts it stands for, all of one person; the first is what it says. More than one: a bundle of routine ones. */
  readonly alerts: readonly [string, ...string[]];
  /** Equal for tries of one sending of which nobody knows whether it was taken. */
  readonly idempotencyKey: string;
  /** One notification per tag and device: a repeat replaces what it repeats. */
  readonly tag: string;
  readonly about: AlertKind;
  readonly urgency: Urgency;
  readonly departmentName: string;
  /** The recipient's. */
  readonly language: Language;
  /** Why a test was sent; absent for what is none. */
  readonly test?: TestOccasion;
  /** The consult's reference; null: it has none, or it is about no consult. */
  readonly reference: string | null;
  /** Path inside the app. */
  readonly open: string;
  /** A tap could take the consult, on a device that may. */
  readonly canBeAcknowledged: boolean;
  readonly sentAt: Instant;
}

/** A way to reach people outside the app. `send` never throws for what a provider may answer. */
export interface AlertChannel<Address extends AlertAddress = AlertAddress> {
  readonly name: OutsideChannel;
  /** [] for a person who cannot be reached here. */
  addressesOf(person: PersonId): Promise<readonly Address[]>;
  send(address: Address, message: AlertMessage): Promise<SendOutcome>;
}

export const failed = (isFinal: boolean, retryAfterSeconds: number | null = null): SendOutcome => ({
  type: 'failed',
  isFinal,
  retryAfterSeconds,
});

const longestRetryAfterSeconds = 3600;
/** The Retry-After header in seconds; null when there is none or it is a date. */
export function retryAfterOf(header: string | null | undefined): number | null {
  const seconds = Number(header ?? '');
  return Number.isFinite(seconds) && seconds > 0
    ? Math.min(Math.ceil(seconds), longestRetryAfterSeconds)
    : null;
}
