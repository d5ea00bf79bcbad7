import { z } from 'zod';
import { permittedHats, type Hat } from '#shared/consult/permissions.ts';
import { permissionSchema } from '#shared/directory/staff.ts';
import { departmentIdSchema } from '#shared/lib/id.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Instant } from '#shared/lib/instant.ts';
import {
  administrationActSchema,
  administrationGrounds,
  departmentsFor,
  notToOneself,
  onlyToThoseBelow,
} from './rights.ts';

const groundSchema = z.discriminatedUnion('by', [
  z.object({ by: z.literal('permission'), permission: permissionSchema }),
  z.object({ by: z.literal('role'), role: z.enum(['administrator', 'auditor']) }),
  z.object({ by: z.literal('leading'), role: z.enum(['head', 'receiver']) }),
  z.object({ by: z.literal('self') }),
]);

/** `GET /api/permissions`: who may do what, from the very tables by which the server decides, and what the asking person may. */
export const permissionMatrixSchema = z.object({
  administration: z.array(
    z.object({
      act: administrationActSchema,
      grounds: z.array(groundSchema),
      /** Only to people who hold nothing the actor lacks. */
      onlyToThoseBelow: z.boolean(),
      neverToOneself: z.boolean(),
    }),
  ),
  /** `hats`: what one has to be to the consult; [] for an act that needs no consult yet. */
  consults: z.array(z.object({ action: z.string(), hats: z.array(z.string()) })),
  own: z.array(
    z.object({
      act: administrationActSchema,
      departments: z.union([z.literal('all'), z.array(departmentIdSchema)]),
    }),
  ),
});
export type PermissionMatrix = z.infer<typeof permissionMatrixSchema>;

export function permissionMatrix(person: Person, directory: Directory, at: Instant): PermissionMatrix {
  const acts = administrationActSchema.options;
  return {
    administration: acts.map((act) => ({
      act,
      grounds: [...administrationGrounds[act]],
      onlyToThoseBelow: onlyToThoseBelow.has(act),
      neverToOneself: notToOneself[act] !== undefined,
    })),
    consults: Object.entries<readonly Hat[]>(permittedHats).map(([action, hats]) => ({
      action,
      hats: [...hats],
    })),
    own: acts.map((act) => {
      const departments = departmentsFor(act, { person, directory, at });
      return { act, departments: departments === 'all' ? departments : [...departments] };
    }),
  };
}
