import { z } from 'zod';
import { urgencySchema } from '#shared/consult/vocabulary.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { baseLanguage, languageSchema } from '#shared/lib/language.ts';
import { alertKindSchema } from './alert.ts';
import { alertPreferencesSchema, outsideChannelSchema } from './preferences.ts';

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
  /** 'unknown' where a newer server names a kind this build has no word for. */
  about: alertKindSchema.catch('unknown'),
  urgency: urgencySchema,
  departmentName: z.string().max(80),
  /** Path inside the app; holds the consult's random id only. */
  open: z.string().max(120),
  /** Whose alert it is, a random id: a shared tablet asks for them, and opens it in nobody else's records. Absent: an older server. */
  person: personIdSchema.optional(),
  receipt: z.string().max(1600),
  acknowledge: z.string().max(600).nullable(),
  /** As many routine alerts as one message stands for; absent: one. */
  count: z.int().min(2).max(99).optional(),
  /** The recipient's; absent: from a server that knew only one. */
  lang: languageSchema.optional().catch(undefined),
  /** Why a test was sent; absent: asked for. */
  test: z.enum(['turn', 'turn-silent']).optional().catch(undefined),
  sentAt: instantSchema,
});
export type PushPayload = z.infer<typeof pushPayloadSchema>;

/** `POST /api/alert-tokens/receipt`: no session; the token is the right. 404 for an unknown token, without a trace. */
export const receiptRequestSchema = z.strictObject({
  token: z.string().min(20).max(1600),
  fact: z.enum(['shown', 'opened']),
});
/** `POST /api/alert-tokens/acknowledge`: redeems the one-time token; a used one answers as it did the first time. */
export const acknowledgeRequestSchema = z.strictObject({ token: z.string().min(20).max(600) });
export const acknowledgeAnswerSchema = z.object({
  acknowledgedAt: instantSchema,
  promiseMinutes: z.int(),
  tookEffect: z.boolean(),
});

/**
 * `POST /api/alerts/receipts`: the app showed or opened alerts in its own list. For the session's own alerts; ids of others and unknown ones are passed
 * over without a word. Saying it again changes nothing, so a tablet may keep it until it has a network.
 */
export const appReceiptsSchema = z.strictObject({
  alerts: z
    .array(z.strictObject({ id: z.string().max(400), fact: z.enum(['shown', 'opened']) }))
    .min(1)
    .max(100),
});
export type AppReceipts = z.infer<typeof appReceiptsSchema>;

/** `GET /api/alerts/preferences`. `email` and `mobile` are the person's own, never shown to others; null: none on record. */
export const alertPreferencesAnswerSchema = z.object({
  preferences: alertPreferencesSchema,
  email: z.string().max(254).nullable(),
  mobile: z.string().max(40).nullable(),
  /** What this hospital has set up at all. */
  available: z.array(outsideChannelSchema),
  /** Of these, what has an address of the person now, whatever they wish; absent: a server that does not say. */
  reaches: z.array(outsideChannelSchema).optional(),
  /** In which alerts, mails and SMS are written to them; null: not chosen, so `hospitalLanguage`. */
  language: languageSchema.nullable().default(null),
  hospitalLanguage: languageSchema.default(baseLanguage),
});
/** `PUT /api/alerts/preferences`: answers as the GET. `mobile` in international form, null to remove it. */
export const alertPreferencesRequestSchema = z.strictObject({
  preferences: alertPreferencesSchema,
  mobile: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .nullable(),
});
/** `PUT /api/alerts/language`: answers as the GET of preferences. null: as the hospital. */
export const languageRequestSchema = z.strictObject({ language: languageSchema.nullable() });

/**
 * `POST /api/alerts/reachability`: who would be called for a consult sent now, or who holds the tiers now, and how alive their devices are (ALE-9).
 * No addresses, no device names.
 */
export const reachabilityRequestSchema = z.strictObject({
  department: departmentIdSchema,
  urgency: urgencySchema,
  preferredDoctor: personIdSchema.nullable(),
});
export const reachSchema = z.object({
  person: personIdSchema,
  /** As in an alert: 'assignee', 'on-call first', 'receiver', … */
  as: z.string().max(40),
  channels: z.array(outsideChannelSchema),
  /** When a device of theirs last showed an alert or test, or asked the server for anything; null: never heard of. */
  heardAt: instantSchema.nullable(),
  /** 'alive': heard of within the last 24 h and a channel works · 'quiet': a channel, but not heard of lately · 'none': no channel at all. */
  verdict: z.enum(['alive', 'quiet', 'none']),
  /** A single channel, where the hospital has set up more. */
  isOneWay: z.boolean().default(false),
  /** The test alert at the start of their turn on call; null: none was sent, such as when they are not on call. */
  turnTest: z.object({ sentAt: instantSchema, shownAt: instantSchema.nullable() }).nullable().default(null),
});
export type Reach = z.infer<typeof reachSchema>;
export const reachabilityAnswerSchema = z.object({
  /** Called at once. */
  people: z.array(reachSchema).max(40),
  /** Everybody else with a post there, in the order they would be called while nobody answers: tiers, receiver, head, and on upwards. */
  later: z.array(reachSchema).max(40).default([]),
  asOf: instantSchema,
});

/**
 * What the server posts to the hospital's SMS or voice gateway (`ALERT_WEBHOOK_URL`). Headers: `x-hc-timestamp` (seconds since 1970) and `x-hc-signature`
 * (`sha256=` and the hex HMAC-SHA256 of timestamp, a full stop and the body's bytes), `idempotency-key` = `id`. A repeat of one that may have arrived has the same `id`.
 */
export const webhookMessageSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().max(450),
  /** E.164, such as +923001234567. */
  to: z.string().max(20),
  /** What is sent or read out: urgency, department, reason, reference and link. Nothing of the patient. */
  text: z.string().max(320),
  urgency: urgencySchema,
  /** Equal for messages about the same thing; a gateway may replace what it has not sent yet. */
  tag: z.string().max(120),
});
export type WebhookMessage = z.infer<typeof webhookMessageSchema>;

/** `POST /api/alert-webhook/receipt`: what became of it. Signed by the gateway in the same way, with the same secret. */
export const webhookReceiptSchema = z.object({
  id: z.string().max(450),
  /** 'delivered' is said of the handset, not of the network. */
  status: z.enum(['delivered', 'failed']),
});

/** `POST /api/alerts/test`: sends the session's person a test alert on every channel; its life is followed in the `alerts` collection under `alert`. */
export const testAlertAnswerSchema = z.object({ alert: z.string().max(400) });
