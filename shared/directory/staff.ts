import { z } from 'zod';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { lineText } from '#shared/lib/text.ts';

export const roleSchema = z.enum([
  'doctor',
  'nurse',
  'clerk',
  'receiver',
  'head',
  'administrator',
  'auditor',
]);
export type Role = z.infer<typeof roleSchema>;

export const permissionSchema = z.enum([
  'manage-staff',
  'manage-departments',
  'manage-department-consults',
  'manage-hospital-consults',
  'see-department-dashboard',
  'see-hospital-dashboard',
  'manage-permissions',
]);
export type Permission = z.infer<typeof permissionSchema>;

/** `until` null: still so. Past ones stay, because permission is judged as of writing. */
export const membershipSchema = z.object({
  department: departmentIdSchema,
  role: roleSchema,
  primary: z.boolean(),
  from: instantSchema,
  until: instantSchema.nullable(),
});
export type Membership = z.infer<typeof membershipSchema>;

export const grantSchema = z.object({
  permission: permissionSchema,
  from: instantSchema,
  until: instantSchema.nullable(),
});

export const designationSchema = z.object({
  code: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: lineText(60),
  /** Higher is more senior; null stands outside the ladder. */
  rank: z.int().min(1).max(30).nullable(),
  clinical: z.boolean(),
});
export type Designation = z.infer<typeof designationSchema>;

/** The public part of a person, as every tablet may hold it: never a credential, never a private phone. */
export const personSchema = z.object({
  kind: z.literal('person'),
  id: personIdSchema,
  name: lineText(120),
  initials: z.string().min(1).max(4),
  /** The hospital extension or a phone the person lets colleagues see; null for none. */
  phone: z.string().max(40).nullable(),
  designation: designationSchema.shape.code,
  memberships: z.array(membershipSchema).max(60),
  grants: z.array(grantSchema).max(60),
  active: z.boolean(),
});
export type Person = z.infer<typeof personSchema>;
