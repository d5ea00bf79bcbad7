import { z } from 'zod';
import { refusalCodeSchema, type AdministrationRefusalCode } from '#shared/administration/refusals.ts';
import { staffColumns, type StaffColumn } from './columns.ts';

/** Why a whole file cannot be read; nothing of it is then looked at further. */
export const fileFaultCodeSchema = z.enum([
  'empty',
  'workbook',
  'not-text',
  'no-rows',
  'too-many-rows',
  'broken-quotes',
  'missing-column',
  'column-twice',
  'unknown-column',
]);
export type FileFaultCode = z.infer<typeof fileFaultCodeSchema>;

export const fileFaultSchema = z.object({
  code: fileFaultCodeSchema,
  column: z.enum(staffColumns).nullable(),
  /** Counted from 1, as a spreadsheet's columns. */
  place: z.int().nullable(),
  /** Counted from 1, as a spreadsheet's rows. */
  row: z.int().nullable(),
});
export type FileFault = z.infer<typeof fileFaultSchema>;

export const fileFault = (
  code: FileFaultCode,
  at: { column?: StaffColumn; place?: number; row?: number } = {},
): FileFault => ({ code, column: at.column ?? null, place: at.place ?? null, row: at.row ?? null });

/** What is wrong with a row or a cell. */
export const cellFaultCodeSchema = z.enum([
  'too-few-cells',
  'too-many-cells',
  'missing',
  'formula',
  'hidden-signs',
  'too-long',
  'not-valid',
  'email-twice',
  'person-twice',
  'email-is-anothers',
  'unknown-designation',
  'unknown-department',
  'ambiguous-department',
  'inactive-department',
  'department-twice',
  'unknown-role',
  'unknown-permission',
  'deactivated',
  'deactivate-by-hand',
  'new-and-inactive',
  'email-changed',
  'refused',
]);
export type CellFaultCode = z.infer<typeof cellFaultCodeSchema>;

export const cellFaultSchema = z.object({
  /** Counted from 1, the row of titles included, as a spreadsheet shows it. */
  row: z.int(),
  /** null: the row as a whole. */
  column: z.enum(staffColumns).nullable(),
  code: cellFaultCodeSchema,
  /** The row that says the same already, for `email-twice` and `person-twice`. */
  otherRow: z.int().nullable(),
  /** What stands there, cut short; null where that says nothing. */
  text: z.string().nullable(),
  /** With `refused`: why the one who imports may not do this. */
  refusal: refusalCodeSchema.nullable(),
});
export type CellFault = z.infer<typeof cellFaultSchema>;

const mostShown = 80;

export const cellFault = (
  row: number,
  column: StaffColumn | null,
  code: CellFaultCode,
  more: { otherRow?: number; text?: string; refusal?: AdministrationRefusalCode } = {},
): CellFault => ({
  row,
  column,
  code,
  otherRow: more.otherRow ?? null,
  text: more.text === undefined || more.text === '' ? null : more.text.slice(0, mostShown),
  refusal: more.refusal ?? null,
});
