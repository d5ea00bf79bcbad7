import type { Directory } from '#shared/directory/directory.ts';
import { instantOfLocal, addDays, localTimeOf } from '#shared/directory/local-time.ts';
import { tiersHeld } from '#shared/directory/on-call.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Alert, AlertKind } from './alert.ts';
import { outsideChannelSchema, type AlertPreferences, type OutsideChannel } from './preferences.ts';

/** All there are, in the order in which they wake somebody. */
export const outsideChannels: readonly OutsideChannel[] = ['push', 'sms', 'email'];

/** What escalation sends: nobody can mute it. */
const fromEscalation: ReadonlySet<AlertKind> = new Set(['due-soon', 'breached', 'escalated']);

type Asked = Pick<Alert, 'recipient' | 'about' | 'urgency' | 'department' | 'insteadOf'>;

/** Whether the person's wishes count for nothing: an emergency they are on call for, what escalation sends, a test, standing in for somebody silent. */
export function isUnmutable(alert: Asked, directory: Directory, at: Instant): boolean {
  if (alert.about === 'test') return true;
  if (alert.urgency === 'routine') return false;
  if (fromEscalation.has(alert.about) || alert.insteadOf !== undefined) return true;
  return (
    alert.urgency === 'emergency' && tiersHeld(directory, alert.department, alert.recipient, at).length > 0
  );
}

/**
 * When quiet hours that hold at `at` end; null outside them. From and until the same time means never quiet. In the hospital's zone, so a night in
 * which the clock is put forward ends when the wall says so.
 */
export function quietUntil(
  quietHours: AlertPreferences['quietHours'],
  at: Instant,
  timeZone: string,
): Instant | null {
  if (quietHours === null || quietHours.from === quietHours.until) return null;
  const { from, until } = quietHours;
  const { date, time } = localTimeOf(at, timeZone);
  const isQuiet = from < until ? from <= time && time < until : time >= from || time < until;
  if (!isQuiet) return null;
  const end = instantOfLocal(time < until ? date : addDays(date, 1), until, timeZone);
  // The hour that is shown twice may put the end behind us: then it has passed.
  return end > at ? end : null;
}

export interface ChannelPlan {
  /** Outside the app, in the order they are tried; the list in the app has every alert. [] for one who wants none. */
  readonly channels: readonly OutsideChannel[];
  /** Not before this; null: now. Held back, never dropped. */
  readonly notBefore: Instant | null;
}

/** Which channels an alert takes for its recipient, and from when on (ALE-2). */
export function channelsFor(
  alert: Asked,
  preferences: AlertPreferences,
  directory: Directory,
  at: Instant,
): ChannelPlan {
  const wished = [...new Set(preferences.channels[alert.urgency])];
  if (isUnmutable(alert, directory, at)) {
    const others = outsideChannels.filter((channel) => !wished.includes(channel));
    return { channels: [...wished, ...others], notBefore: null };
  }
  const timeZone = directory.organisation?.timeZone ?? 'UTC';
  return {
    channels: wished,
    notBefore: alert.urgency === 'routine' ? quietUntil(preferences.quietHours, at, timeZone) : null,
  };
}

/** Whether a text names a channel outside the app. */
export const isOutsideChannel = (channel: unknown): channel is OutsideChannel =>
  outsideChannelSchema.safeParse(channel).success;
