import { z } from 'zod';
import { departmentSchema } from '#shared/directory/department.ts';
import { departmentIdSchema } from '#shared/lib/id.ts';
import { lineText } from '#shared/lib/text.ts';
import { emailSchema } from '#shared/session/protocol.ts';
import { editSchemaOf, lastChangeSchema, lostEditOf } from './edit.ts';

/** What the department forms show and change; each form sends only what it changed. */
export const departmentFieldsSchema = z.strictObject({
  ...departmentSchema.omit({ kind: true, id: true, active: true }).shape,
  extension: lineText(20).nullable(),
  email: emailSchema.nullable(),
});
export type DepartmentFields = z.infer<typeof departmentFieldsSchema>;

export const departmentRecordSchema = z.object({
  id: departmentIdSchema,
  fields: departmentFieldsSchema,
  active: z.boolean(),
  lastChange: lastChangeSchema.nullable(),
  lostEdits: z.array(lostEditOf(departmentFieldsSchema)),
});
export type DepartmentRecord = z.infer<typeof departmentRecordSchema>;

/** `GET /api/departments`, sorted by name. */
export const departmentListSchema = z.object({ departments: z.array(departmentRecordSchema) });
/** `POST /api/departments` → DepartmentRecord. */
export const createDepartmentSchema = z.strictObject({
  id: departmentIdSchema,
  fields: departmentFieldsSchema,
});
/** `PATCH /api/departments/:id` → DepartmentRecord. A head may send `receiver` alone. */
export const editDepartmentSchema = editSchemaOf(departmentFieldsSchema);
/** `POST /api/departments/:id/active`: refused while it has open consults or people. */
export const setActiveSchema = z.strictObject({ active: z.boolean() });
