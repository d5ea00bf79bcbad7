import { z } from 'zod';
import { refusalCodeSchema } from '#shared/administration/refusals.ts';
import { personIdSchema, uuidSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { staffColumns } from './columns.ts';
import { cellFaultSchema, fileFaultSchema } from './faults.ts';
import { rowActionSchema } from './plan.ts';

/** Largest file, and most people in one. */
export const maxFileBytes = 2 * 1024 * 1024;
export const maxFileRows = 5_000;
/** So long a preview can be confirmed. */
export const previewLifeMs = 60 * 60_000;
/** So long an import can be undone. */
export const undoLifeMs = 30 * 24 * 60 * 60_000;
export const maxInvitationsAtOnce = 100;

export const importCountsSchema = z.object({
  create: z.int(),
  change: z.int(),
  reactivate: z.int(),
  unchanged: z.int(),
  wrong: z.int(),
});
export type ImportCounts = z.infer<typeof importCountsSchema>;

export const previewRowSchema = z.object({
  row: z.int(),
  action: rowActionSchema,
  name: z.string(),
  email: z.string(),
  changes: z.array(z.object({ column: z.enum(staffColumns), was: z.string(), becomes: z.string() })),
  faults: z.array(cellFaultSchema),
});
export type PreviewRow = z.infer<typeof previewRowSchema>;

/** `POST /api/staff-import/preview` (text/csv): 200 for every file that could be looked at, wrong ones too. */
export const previewSchema = z.object({
  /** null: something is wrong, so there is nothing to confirm. */
  id: uuidSchema.nullable(),
  /** Of what was previewed; the confirmation repeats it. */
  digest: z.string(),
  endsAt: instantSchema,
  counts: importCountsSchema,
  fileFaults: z.array(fileFaultSchema),
  /** Wrong ones first, then in the order of the file. */
  rows: z.array(previewRowSchema),
});
export type Preview = z.infer<typeof previewSchema>;

/** `POST /api/staff-import/:id/confirm`: begins the work, or goes on with one that was cut off. Repeating it makes nobody twice. */
export const confirmImportSchema = z.strictObject({ digest: z.string().max(100) });

/** `could-not`: refused when it was written, because something has changed since the preview. */
export const rowOutcomeSchema = z.enum([
  'waiting',
  'created',
  'changed',
  'reactivated',
  'unchanged',
  'could-not',
  'undone',
  'undone-in-part',
  'not-undone',
]);
export type RowOutcome = z.infer<typeof rowOutcomeSchema>;

export const importRowSchema = z.object({
  row: z.int(),
  name: z.string(),
  email: z.string(),
  person: personIdSchema.nullable(),
  outcome: rowOutcomeSchema,
  /** Why not, for `could-not`, `undone-in-part` and `not-undone`. */
  refusal: refusalCodeSchema.or(z.enum(['changed-meanwhile', 'gone', 'has-open-work'])).nullable(),
  /** Columns that somebody else changed in between and that were left alone. */
  columns: z.array(z.enum(staffColumns)),
});
export type ImportRow = z.infer<typeof importRowSchema>;

export const importStateSchema = z.enum([
  'importing',
  /** The server went away in the middle; confirming again goes on. */
  'cut-off',
  'imported',
  'undoing',
  'undo-cut-off',
  'undone',
]);
export type ImportState = z.infer<typeof importStateSchema>;

/** `GET /api/staff-import/:id`, and the answer to confirm and undo. */
export const importReportSchema = z.object({
  id: uuidSchema,
  state: importStateSchema,
  by: personIdSchema,
  madeAt: instantSchema,
  /** Rows done of `rows.length`, in the import or in its undoing. */
  done: z.int(),
  canUndo: z.boolean(),
  counts: importCountsSchema,
  rows: z.array(importRowSchema),
});
export type ImportReport = z.infer<typeof importReportSchema>;

/** `GET /api/staff-import`: newest first; previews that were not confirmed are left out. */
export const importListSchema = z.object({
  imports: z.array(importReportSchema.omit({ rows: true, done: true })),
});
export type ImportList = z.infer<typeof importListSchema>;

/** `POST /api/staff-import/:id/invitations`: each call makes new links for the people it names. */
export const invitePeopleSchema = z.strictObject({
  by: z.enum(['mail', 'screen']),
  people: z.array(personIdSchema).min(1).max(maxInvitationsAtOnce),
});
export const invitationSchema = z.object({
  person: personIdSchema,
  name: z.string(),
  email: z.string(),
  /** To be shown once; null when it went by mail, or could not be made. */
  address: z.string().nullable(),
  endsAt: instantSchema.nullable(),
  refusal: refusalCodeSchema.nullable(),
});
export type Invitation = z.infer<typeof invitationSchema>;
export const invitationsSchema = z.object({ invitations: z.array(invitationSchema) });
