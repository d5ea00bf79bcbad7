import { z } from 'zod';
import { uuidSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';

export const auditOutcomeSchema = z.enum(['done', 'denied', 'failed']);
export type AuditOutcome = z.infer<typeof auditOutcomeSchema>;

/** Most entries of one page. */
export const maxAuditPage = 200;

const ask = z.string().min(1).max(120);

/**
 * What to look for: all that is named must hold. `from` and `to` are included. `action`: itself and everything under it, so that `session`
 * finds `session.begin`. With `person` or `subject` the events of consults and patients are looked through too.
 */
export const auditFilterSchema = z.strictObject({
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  person: uuidSchema.optional(),
  action: ask.optional(),
  subject: ask.optional(),
  outcome: auditOutcomeSchema.optional(),
});
export type AuditFilter = z.infer<typeof auditFilterSchema>;

/** `GET /api/audit`. `cursor`: the last page's, to go on; only together with the same filter. */
export const auditQuerySchema = auditFilterSchema.extend({
  cursor: z.string().max(600).optional(),
  limit: z.coerce.number().int().min(1).max(maxAuditPage).optional(),
});

/** `GET /api/audit/export`. */
export const auditExportSchema = auditFilterSchema.extend({ format: z.enum(['csv', 'ndjson']).optional() });

/** Who it was; a person of null was not recognised, or is the server itself (`address` says where from, if known). */
export const auditActorSchema = z.object({
  person: z.string().nullable(),
  device: z.string().nullable(),
  address: z.string().nullable(),
});
export type AuditActor = z.infer<typeof auditActorSchema>;

export const auditRowSchema = z.object({
  id: z.string(),
  at: instantSchema,
  /** Several who were sent the same at the same moment; [] for the server itself. */
  by: z.array(auditActorSchema),
  action: z.string(),
  subjects: z.array(z.string()),
  outcome: auditOutcomeSchema,
  reason: z.string().nullable(),
  fields: z.array(z.string()),
  /** When a tablet says it was, for what it told later; null where the server saw it happen. */
  saidAt: instantSchema.nullable(),
});
export type AuditRow = z.infer<typeof auditRowSchema>;

/** Newest first. `cursor` null: that was all. */
export const auditPageSchema = z.object({
  entries: z.array(auditRowSchema),
  cursor: z.string().nullable(),
  /** Only the consults and patients changed last were looked through for events of this person. */
  isPartial: z.boolean(),
});
export type AuditPage = z.infer<typeof auditPageSchema>;

/** Why an audit is not whole; see sync-server/audit/verify.ts for each. */
export const auditFaultTypeSchema = z.enum([
  'changed',
  'removed',
  'out-of-place',
  'order',
  'cut-short',
  'head-changed',
  'head-removed',
  'added',
]);
export const auditFaultSchema = z.object({
  type: auditFaultTypeSchema,
  /** Id of the document in the audit's database. */
  where: z.string(),
  /** How many in a row. */
  count: z.int(),
});
export type AuditFault = z.infer<typeof auditFaultSchema>;

/** `GET /api/audit/verify`. */
export const auditVerdictSchema = z.object({
  isWhole: z.boolean(),
  /** The first of them. */
  faults: z.array(auditFaultSchema),
  faultCount: z.int(),
  chains: z.int(),
  /** In chains. */
  entries: z.int(),
  /** Came out of documents. */
  moved: z.int(),
  /** Of them, not yet named by a chain: being moved, or the server ended in between and goes on with it. */
  inTransit: z.int(),
  /** From before there were chains: nobody can say whether they are as they were. */
  unchained: z.int(),
  /** Places at the very end of a chain that were never stored: a write was cut off with the process, and nobody was answered. */
  torn: z.int(),
  /** The longest chains, to be compared with what was noted down elsewhere. */
  heads: z.array(z.object({ process: z.string(), count: z.int(), hash: z.string() })),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

/** Reads one request may bring. */
export const maxReadsAtOnce = 200;

/** What a person opened on a tablet that was not connected: `openedAt` by the tablet's clock. */
export const auditReadSchema = z.strictObject({
  id: uuidSchema,
  action: z.enum(['patient.open', 'consult.open']),
  subject: uuidSchema,
  openedAt: instantSchema,
});
export type AuditRead = z.infer<typeof auditReadSchema>;

/** `POST /api/audit/reads` → 204 when all are stored; said again, each still counts once. */
export const auditReadsSchema = z.strictObject({
  reads: z.array(auditReadSchema).min(1).max(maxReadsAtOnce),
});
