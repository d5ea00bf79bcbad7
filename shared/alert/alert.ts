import { z } from 'zod';
import { urgencySchema } from '#shared/consult/vocabulary.ts';
import {
  consultIdSchema,
  departmentIdSchema,
  deviceIdSchema,
  eventIdSchema,
  personIdSchema,
} from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';

/** Why somebody is alerted (ALE-1). */
export const alertKindSchema = z.enum([
  'new-consult',
  'assigned',
  'reassigned',
  'reassigned-away',
  'acknowledged',
  'note',
  'message',
  'info-requested',
  'info-provided',
  'redirected',
  'declined',
  'completed',
  'closed',
  'reopened',
  'cancelled',
  'due-soon',
  'breached',
  'escalated',
  'follow-up-due',
  'hand-over',
  'rota-changed',
  'rota-gap',
  'unreachable',
  'test',
  'swap-asked',
  'swap-declined',
  'access-requested',
  /** Only one channel reaches somebody who came on call: told to themselves, in the app alone. */
  'one-way',
  /** Never planned: what a newer server says and this build has no word for. */
  'unknown',
]);
export type AlertKind = z.infer<typeof alertKindSchema>;

export const channelSchema = z.enum(['in-app', 'push', 'email', 'sms']);
export type Channel = z.infer<typeof channelSchema>;

/**
 * Something that happened to an alert. `planned` without a channel is the alert's beginning; with one, somebody is about to send on it, and whoever
 * wrote it does so. Facts only grow; merging keeps the earliest of each `key`.
 * `outcome` tells `sent` that failed apart: 'gone' is a dead subscription, 'none' no channel at all.
 */
export const alertFactSchema = z.looseObject({
  fact: z.enum(['planned', 'sent', 'shown', 'opened', 'acted', 'stood-down']),
  channel: channelSchema.nullable(),
  device: deviceIdSchema.nullable(),
  attempt: z.int().min(0).max(1000),
  outcome: z.enum(['ok', 'failed', 'gone', 'none']).nullable(),
  at: instantSchema,
  /** With `sent` that failed: how long the push service asked to wait. */
  retryAfterSeconds: z.int().min(0).max(3600).optional(),
  /** With `sent` that failed: refused in a way that a repeat will not change. */
  isFinal: z.boolean().optional(),
  /** With a channel: how many times silence had been waited for before this was tried; absent: none. A retry belongs to the round it repeats. */
  round: z.int().min(0).max(20).optional(),
  /** With `planned`: the gateway that wrote it, and is at it while it lives. Absent: written before gateways said so. */
  gateway: z.string().max(100).optional(),
});
export type AlertFact = z.infer<typeof alertFactSchema>;

/** An alert to one person: id `<consult, or 'none'>:<cause>:<recipient>`. No names, no clinical text, no addresses. */
export const alertSchema = z.looseObject({
  kind: z.literal('alert'),
  id: z.string().max(400),
  /** null: about no consult, such as a gap in the rota or a test. */
  consult: consultIdSchema.nullable(),
  cause: eventIdSchema,
  recipient: personIdSchema,
  /** In what capacity: 'assignee', 'on-call first', 'head', … */
  as: z.string().max(40),
  /** Called because no device of this person showed the alert of the same cause. */
  insteadOf: personIdSchema.optional(),
  about: alertKindSchema,
  urgency: urgencySchema,
  department: departmentIdSchema,
  plannedAt: instantSchema,
  facts: z.array(alertFactSchema).max(400),
});
export type Alert = z.infer<typeof alertSchema>;

/**
 * An alert as a tablet reads it: of a kind or with facts that only a newer server knows it is 'unknown' and still stands in the list, for else nobody
 * would miss it. Never to be written back.
 */
export const heldAlertSchema = alertSchema.extend({
  about: alertKindSchema.catch('unknown'),
  facts: z
    .array(alertFactSchema.nullable().catch(null))
    .max(400)
    .transform((facts) => facts.filter((fact) => fact !== null)),
});
