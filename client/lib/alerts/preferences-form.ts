import type { z } from 'zod';
import { alertPreferencesRequestSchema, type alertPreferencesAnswerSchema } from '#shared/alert/protocol.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

export type PreferencesAnswer = z.infer<typeof alertPreferencesAnswerSchema>;
export type PreferencesRequest = z.infer<typeof alertPreferencesRequestSchema>;

/** In the order in which they wake somebody. */
export const channelOrder: readonly OutsideChannel[] = ['push', 'sms', 'email'];

/** What is ticked and typed, before it is saved. */
export interface PreferencesFields {
  readonly channels: Readonly<Record<Urgency, readonly OutsideChannel[]>>;
  readonly isQuiet: boolean;
  readonly quietFrom: string;
  readonly quietUntil: string;
  readonly mobile: string;
}

const usualNight = { from: '22:00', until: '07:00' };

export const fieldsOf = ({ preferences, mobile }: PreferencesAnswer): PreferencesFields => ({
  channels: preferences.channels,
  isQuiet: preferences.quietHours !== null,
  quietFrom: preferences.quietHours?.from ?? usualNight.from,
  quietUntil: preferences.quietHours?.until ?? usualNight.until,
  mobile: mobile ?? '',
});

/** The same fields with one channel ticked or not, in the order that wakes. */
export function withChannel(
  fields: PreferencesFields,
  urgency: Urgency,
  channel: OutsideChannel,
  isWanted: boolean,
): PreferencesFields {
  const held = new Set(fields.channels[urgency]);
  if (isWanted) held.add(channel);
  else held.delete(channel);
  return {
    ...fields,
    channels: { ...fields.channels, [urgency]: channelOrder.filter((each) => held.has(each)) },
  };
}

/** A number as people write it, without what they put between the digits; 00 in front means +. */
export const internationalNumber = (typed: string): string =>
  typed
    .trim()
    .replaceAll(/[\s().\-/]/g, '')
    .replace(/^00/, '+');

export type FieldFault = 'mobile' | 'quiet';

/** What is sent, or the first field that cannot be. */
export function requestOf(fields: PreferencesFields): Result<PreferencesRequest, FieldFault> {
  const typed = internationalNumber(fields.mobile);
  const parsed = alertPreferencesRequestSchema.safeParse({
    preferences: {
      channels: Object.fromEntries(urgencies.map((urgency) => [urgency, [...fields.channels[urgency]]])),
      quietHours: fields.isQuiet ? { from: fields.quietFrom, until: fields.quietUntil } : null,
    },
    mobile: typed === '' ? null : typed,
  });
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.some(({ path }) => path[0] === 'mobile') ? 'mobile' : 'quiet');
}

/** Urgencies for which nothing outside the app is left; said before saving, because it is easily not meant. */
export const mutedUrgencies = (
  { channels }: PreferencesFields,
  available: readonly OutsideChannel[],
): Urgency[] =>
  urgencies.filter((urgency) => !channels[urgency].some((channel) => available.includes(channel)));
