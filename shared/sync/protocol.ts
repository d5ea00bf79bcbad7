import { z } from 'zod';
import { authoredEnvelopeSchema } from '#shared/event/envelope.ts';
import { eventIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';

/** Spoken by this build, and the oldest still taken. Every answer carries both. */
export const protocolVersion = 1;
export const minimumProtocolVersion = 1;

/** On every answer of our server: a captive portal's page does not have it. */
export const serverHeader = 'hc-server';
/** The session slot (0–7) a request speaks for; the cookie is `hc-session-<slot>`. */
export const slotHeader = 'hc-slot';
export const protocolHeader = 'hc-protocol';
/** The server's clock on every answer, an Instant: tablets measure their offset from it. */
export const nowHeader = 'hc-now';

export const collectionSchema = z.enum(['consults', 'patients', 'directory', 'alerts']);
export type CollectionName = z.infer<typeof collectionSchema>;
export const collections = collectionSchema.options;

export const maxPullDocuments = 500;
export const maxPullBytes = 2 * 1024 * 1024;
export const maxPushItems = 100;
export const maxPushBytes = 1024 * 1024;

/** The store's own sequence: never parsed, never ordered. */
export const seqSchema = z.string().min(1).max(8192).brand<'Seq'>();
export type Seq = z.infer<typeof seqSchema>;

/**
 * Where a tablet stands in one collection. Snapshot: walking the scope in key order (open first) from a `startSeq` fixed when it began;
 * `afterKey` '' is the beginning. Tail: everything up to `seq` was read.
 */
export const checkpointSchema = z.strictObject({
  storeEpoch: z.string().min(1).max(64),
  scopeEpoch: z.string().min(1).max(64),
  at: z.discriminatedUnion('phase', [
    z.strictObject({ phase: z.literal('snapshot'), startSeq: seqSchema, afterKey: z.string().max(200) }),
    z.strictObject({ phase: z.literal('tail'), seq: seqSchema }),
  ]),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

export const pullRequestSchema = z.strictObject({
  collection: collectionSchema,
  /** null: nothing held yet. */
  checkpoint: checkpointSchema.nullable(),
  limit: z.int().min(1).max(maxPullDocuments),
});
export type PullRequest = z.infer<typeof pullRequestSchema>;

/**
 * A document as it travels. `version` is opaque and changes whenever the content does; a tablet keeps and echoes it.
 * Gone: left the scope or aged out; it carries no content.
 */
export const wireDocumentSchema = z.union([
  z.object({ id: z.string(), gone: z.literal(true) }),
  z.object({
    id: z.string(),
    version: z.string().min(1).max(64),
    content: z.record(z.string(), z.unknown()),
  }),
]);
export type WireDocument = z.infer<typeof wireDocumentSchema>;

/**
 * `caughtUp` false: ask again from `checkpoint` at once, even when `documents` is short or empty.
 * `restarted`: the checkpoint sent in was of another scope or store epoch; a fresh snapshot began and a state check must follow it.
 */
export const pullAnswerSchema = z.object({
  documents: z.array(wireDocumentSchema),
  checkpoint: checkpointSchema,
  caughtUp: z.boolean(),
  restarted: z.boolean(),
  asOf: instantSchema,
});
export type PullAnswer = z.infer<typeof pullAnswerSchema>;

export const pushItemSchema = z.strictObject({
  event: authoredEnvelopeSchema,
  /** The tablet noticed its clock jump between writing and sending; then the age cannot be trusted. */
  clockJumped: z.boolean(),
});
/** Items are judged one by one as `unknown` first, so that one malformed event does not spoil the others. */
export const pushRequestSchema = z.strictObject({
  /** The device's clock at sending: age = sentAt − occurredAt. */
  sentAt: instantSchema,
  /** Items still waiting on the tablet after this batch, as a promise the server can miss. */
  unsentAfter: z.int().min(0).max(100_000),
  items: z.array(z.unknown()).min(1).max(maxPushItems),
});
export type PushRequest = z.infer<typeof pushRequestSchema>;

export const refusalCodeSchema = z.enum([
  'malformed',
  'too-large',
  'not-yours',
  'not-allowed',
  'unknown-department',
  'unknown-person',
  'unknown-patient',
  'own-department',
  'lamport-out-of-range',
  'base-in-the-future',
  'document-full',
  'not-first',
  'already-exists',
  'unknown-type',
]);
export type RefusalCode = z.infer<typeof refusalCodeSchema>;
export const quarantineCodeSchema = z.enum([
  'other-bytes',
  'author-removed',
  'device-revoked',
  'signature-unknown',
]);
export type QuarantineCode = z.infer<typeof quarantineCodeSchema>;

const outcomeId = z.string().max(240);
export const pushOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({ id: outcomeId, outcome: z.literal('accepted'), n: z.int(), receivedAt: instantSchema }),
  z.object({ id: outcomeId, outcome: z.literal('duplicate'), n: z.int(), receivedAt: instantSchema }),
  /** Its document is not here yet; keep it and send it again. */
  z.object({ id: outcomeId, outcome: z.literal('waiting') }),
  /** Never allowed. `kept`: where the text is now. */
  z.object({
    id: outcomeId,
    outcome: z.literal('refused'),
    code: refusalCodeSchema,
    kept: z.enum(['server', 'tablet']),
  }),
  z.object({ id: outcomeId, outcome: z.literal('quarantined'), code: quarantineCodeSchema }),
]);
export type PushOutcome = z.infer<typeof pushOutcomeSchema>;
/** One outcome per item, in the order sent. */
export const pushAnswerSchema = z.object({ outcomes: z.array(pushOutcomeSchema), asOf: instantSchema });
export type PushAnswer = z.infer<typeof pushAnswerSchema>;

/** State check, first question: do we agree on what should be here? Digest as in `sync/digest.ts`. */
export const stateRequestSchema = z.strictObject({
  collection: collectionSchema,
  checkpoint: checkpointSchema,
  count: z.int().min(0).max(1_000_000),
  digest: z.string().max(64),
});
export type StateRequest = z.infer<typeof stateRequestSchema>;
export const stateAnswerSchema = z.object({ agrees: z.boolean(), count: z.int(), asOf: instantSchema });
export type StateAnswer = z.infer<typeof stateAnswerSchema>;

/** Second question, only after a disagreement: what is held, as [id, version]. Answer: what to fetch anew, what to drop. */
export const compareRequestSchema = z.strictObject({
  collection: collectionSchema,
  held: z.array(z.tuple([z.string().max(400), z.string().max(64)])).max(50_000),
});
export type CompareRequest = z.infer<typeof compareRequestSchema>;
export const compareAnswerSchema = z.object({
  /** Missing or stale on the tablet, in snapshot order. */
  fetch: z.array(z.string()),
  /** Not in this person's scope (any more). */
  drop: z.array(z.string()),
  /** On the tablet with stamped events the server does not have: offer them back (store restored from a backup). */
  offerBack: z.array(z.string()),
  asOf: instantSchema,
});
export type CompareAnswer = z.infer<typeof compareAnswerSchema>;

export const documentsRequestSchema = z.strictObject({
  collection: collectionSchema,
  ids: z.array(z.string().max(400)).min(1).max(maxPullDocuments),
});
/** Ids out of scope come back as gone: absent and forbidden look the same. */
export const documentsAnswerSchema = z.object({
  documents: z.array(wireDocumentSchema),
  asOf: instantSchema,
});
export type DocumentsAnswer = z.infer<typeof documentsAnswerSchema>;

/** Sealed events a restored server lost, offered back with their stamps by any tablet that holds them. */
export const offerRequestSchema = z.strictObject({
  collection: z.enum(['consults', 'patients']),
  documents: z
    .array(z.object({ id: z.string(), events: z.array(z.record(z.string(), z.unknown())).max(1100) }))
    .min(1)
    .max(50),
});
export const offerAnswerSchema = z.object({
  /** Per document: how many events were taken back, and ids refused because the seal does not fit. */
  taken: z.array(z.object({ id: z.string(), restored: z.int(), refused: z.array(z.string()) })),
  asOf: instantSchema,
});

/** Messages of `GET /api/sync/stream` (server-sent events; `data` is one of these as JSON). */
export const streamMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), storeEpoch: z.string(), scopeEpoch: z.string(), asOf: instantSchema }),
  /** `from` = the last `to` on this stream for the collection. Where it is not the tablet's tail seq, this is only a poke to pull. `documents` null: too many to carry. */
  z.object({
    type: z.literal('change'),
    collection: collectionSchema,
    from: seqSchema.nullable(),
    to: seqSchema,
    documents: z.array(wireDocumentSchema).nullable(),
    asOf: instantSchema,
  }),
  /** The person's scope changed: pull again, everything. */
  z.object({ type: z.literal('scope'), scopeEpoch: z.string(), asOf: instantSchema }),
  /** Every 20 s; its absence for 60 s means the stream is dead. `watcherLateSeconds` > 0: escalation is not being watched. */
  z.object({ type: z.literal('beat'), asOf: instantSchema, watcherLateSeconds: z.number() }),
  z.object({ type: z.literal('signed-out'), asOf: instantSchema }),
]);
export type StreamMessage = z.infer<typeof streamMessageSchema>;

/** Acceptance of one event by id, for a tablet that lost the answer: same words as a push outcome, or null when never seen. */
export const receiptsRequestSchema = z.strictObject({ ids: z.array(eventIdSchema).min(1).max(maxPushItems) });
export const receiptsAnswerSchema = z.object({
  outcomes: z.array(pushOutcomeSchema.nullable()),
  asOf: instantSchema,
});
