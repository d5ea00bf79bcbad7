import { z } from 'zod';
import { urgencySchema } from '#shared/consult/vocabulary.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { alertKindSchema } from './alert.ts';

/** `GET /api/alerts/vapid`: the application server key, base64url. */
export const vapidAnswerSchema = z.object({ publicKey: z.string() });

/** `PUT /api/alerts/subscription`: as PushSubscription.toJSON() gives it; re-posted at each start. */
export const pushSubscriptionSchema = z.strictObject({
  endpoint: z.url({ protocol: /^https$/ }).max(2000),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({ p256dh: z.string().min(80).max(120), auth: z.string().min(16).max(40) }),
});
export type PushSubscriptionJson = z.infer<typeof pushSubscriptionSchema>;

/**
 * What a push carries, encrypted: urgency, department and a place to open. No name, no MRN, no bed, no words of the request (ALE-3).
 * `receipt` reports shown and opened; `acknowledge` is the one-time token and stands only on personal devices.
 * 'stand-down' closes the notification of the tag and shows none.
 */
export const pushPayloadSchema = z.object({
  v: z.literal(1),
  type: z.enum(['alert', 'stand-down']),
  tag: z.string().max(120),
  about: alertKindSchema,
  urgency: urgencySchema,
  departmentName: z.string().max(80),
  /** Path inside the app; holds the consult's random id only. */
  open: z.string().max(120),
  receipt: z.string().max(600),
  acknowledge: z.string().max(600).nullable(),
  sentAt: instantSchema,
});
export type PushPayload = z.infer<typeof pushPayloadSchema>;

/** `POST /api/alert-tokens/receipt`: no session; the token is the right. 404 for an unknown token, without a trace. */
export const receiptRequestSchema = z.strictObject({
  token: z.string().min(20).max(600),
  fact: z.enum(['shown', 'opened']),
});
/** `POST /api/alert-tokens/acknowledge`: redeems the one-time token; a used one answers as it did the first time. */
export const acknowledgeRequestSchema = z.strictObject({ token: z.string().min(20).max(600) });
export const acknowledgeAnswerSchema = z.object({
  acknowledgedAt: instantSchema,
  promiseMinutes: z.int(),
  tookEffect: z.boolean(),
});
