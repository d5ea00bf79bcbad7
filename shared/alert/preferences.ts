import { z } from 'zod';
import { urgencySchema } from '#shared/consult/vocabulary.ts';

/** Channels a person can choose; the list in the app is always kept. */
export const outsideChannelSchema = z.enum(['push', 'email', 'sms']);
export type OutsideChannel = z.infer<typeof outsideChannelSchema>;

/** Local time of day in the hospital's time zone, 24 hours. */
export const timeOfDaySchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

/**
 * How a person wants to be alerted. Only a wish: whoever is on call for an emergency is called whatever stands here (ALE-2), see
 * `channelsFor`. `quietHours` hold back routine alerts outside the app and may cross midnight; null: never quiet.
 */
export const alertPreferencesSchema = z.strictObject({
  channels: z.record(urgencySchema, z.array(outsideChannelSchema).max(3)),
  quietHours: z.strictObject({ from: timeOfDaySchema, until: timeOfDaySchema }).nullable(),
});
export type AlertPreferences = z.infer<typeof alertPreferencesSchema>;

export const defaultAlertPreferences: AlertPreferences = {
  channels: {
    emergency: ['push', 'sms', 'email'],
    urgent: ['push', 'sms', 'email'],
    routine: ['push'],
  },
  quietHours: null,
};
