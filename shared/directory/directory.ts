import { z } from 'zod';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { departmentSchema, type Department } from './department.ts';
import { organisationSchema, type Organisation } from './organisation.ts';
import { rotaWeekSchema, type RotaWeek } from './rota.ts';
import { personSchema, type Person } from './staff.ts';

export const directoryDocumentSchema = z.discriminatedUnion('kind', [
  personSchema,
  departmentSchema,
  rotaWeekSchema,
  organisationSchema,
]);
export type DirectoryDocument = z.infer<typeof directoryDocumentSchema>;

/** The directory in memory, as rules read it. `organisation` null: not loaded; rules then refuse rather than guess. */
export interface Directory {
  readonly people: ReadonlyMap<PersonId, Person>;
  readonly departments: ReadonlyMap<DepartmentId, Department>;
  readonly rotaWeeks: readonly RotaWeek[];
  readonly organisation: Organisation | null;
}
