import { z } from 'zod';
import {
  authoredEventIdSchema,
  deviceIdSchema,
  documentIdSchema,
  eventIdSchema,
  personIdSchema,
} from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';

export const maxEventBytes = 32 * 1024;
export const maxDocumentBytes = 512 * 1024;
export const maxDocumentEvents = 1000;
/** From this share of either limit on, the app offers a linked consult and only closing acts are taken. */
export const fullShare = 0.8;
/** A lamport beyond this, or this far beyond the document's highest, is a forgery or a fault. */
export const maxLamport = 1_000_000;

/** Who wrote an event when no person did: the server's own hand. */
export const systemAuthor = 'system';
/** How an event reached the server. */
export const viaSchema = z.enum(['session', 'parcel', 'notification', 'system', 'import']);
export type Via = z.infer<typeof viaSchema>;

const lamportSchema = z.int().min(1).max(maxLamport);
// `n` counts the server's own events too, of which an unanswered consult gathers many.
const baseSchema = z.int().min(0).max(maxLamport);

/**
 * What a tablet writes: one act of one person about one document.
 * `lamport` = 1 + the highest the author had seen in this document (own unsent ones included);
 * `base` = the highest `n` the author had seen, 0 for none; `occurredAt` is the device's clock, a claim that orders nothing.
 * `body` is parsed by the vocabulary of the document's kind; `sig` comes with signed tablets.
 */
export const authoredEnvelopeSchema = z.strictObject({
  v: z.literal(1),
  id: authoredEventIdSchema,
  document: documentIdSchema,
  type: z.string().regex(/^[a-z][a-z-]{1,40}$/),
  author: personIdSchema,
  device: deviceIdSchema,
  lamport: lamportSchema,
  base: baseSchema,
  occurredAt: instantSchema,
  body: z.record(z.string(), z.unknown()),
  sig: z.string().max(256).optional(),
});
export type AuthoredEnvelope = z.infer<typeof authoredEnvelopeSchema>;

/** The server's stamps. `n` counts accepted events in the document from 1; `seal` is an HMAC of canonical bytes and stamps. */
export const stampsSchema = z.object({
  n: z.int().min(1),
  receivedAt: instantSchema,
  via: viaSchema,
  seal: z.string().max(128),
});
export type Stamps = z.infer<typeof stampsSchema>;

/**
 * An event as stored or held: loose on purpose, so that fields and types of a newer build are carried unchanged.
 * Without stamps it has not been accepted yet (it is in a tablet's outbox).
 */
export const heldEventSchema = z.looseObject({
  v: z.int().min(1),
  id: eventIdSchema,
  document: documentIdSchema,
  type: z.string(),
  author: z.string(),
  device: z.string().nullable(),
  lamport: z.int().min(1),
  base: z.int().min(0),
  occurredAt: instantSchema,
  body: z.record(z.string(), z.unknown()),
  sig: z.string().optional(),
  n: z.int().min(1).optional(),
  receivedAt: instantSchema.optional(),
  via: z.string().optional(),
  seal: z.string().optional(),
});
export type HeldEvent = z.infer<typeof heldEventSchema>;
export type StampedEvent = HeldEvent & { n: number; receivedAt: NonNullable<HeldEvent['receivedAt']> };

export const isStamped = (event: HeldEvent): event is StampedEvent =>
  event.n !== undefined && event.receivedAt !== undefined;

export const documentKindSchema = z.enum(['consult', 'patient']);
export type DocumentKind = z.infer<typeof documentKindSchema>;

/** A consult or a patient: nothing but its events. Unknown fields of newer builds are carried. */
export const eventDocumentSchema = z.looseObject({
  kind: documentKindSchema,
  id: documentIdSchema,
  events: z.array(heldEventSchema),
});
export type EventDocument = z.infer<typeof eventDocumentSchema>;
