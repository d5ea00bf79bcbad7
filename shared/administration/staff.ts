import { z } from 'zod';
import { designationSchema, permissionSchema, personSchema, roleSchema } from '#shared/directory/staff.ts';
import { consultIdSchema, departmentIdSchema, deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { lineText } from '#shared/lib/text.ts';
import { emailSchema } from '#shared/session/protocol.ts';
import { editSchemaOf, lastChangeSchema, lostEditOf } from './edit.ts';

/** A membership as it is now; the directory keeps since when, and those that ended. */
export const presentMembershipSchema = z.strictObject({
  department: departmentIdSchema,
  role: roleSchema,
  primary: z.boolean(),
});

/** What the staff form shows and changes. `mobile` and `email` are private: they are never in the directory that tablets hold. */
export const staffFieldsSchema = z.strictObject({
  name: personSchema.shape.name,
  initials: lineText(4),
  email: emailSchema.nullable(),
  /** Seen by every colleague. */
  phone: lineText(40).nullable(),
  /** Used for alerts alone; international form. */
  mobile: z
    .string()
    .regex(/^\+[0-9]{6,15}$/)
    .nullable(),
  designation: designationSchema.shape.code,
  /** Exactly one is primary, unless there is none at all. */
  memberships: z.array(presentMembershipSchema).max(30),
  permissions: z.array(permissionSchema).max(permissionSchema.options.length),
});
export type StaffFields = z.infer<typeof staffFieldsSchema>;

export const staffRecordSchema = z.object({
  id: personIdSchema,
  fields: staffFieldsSchema,
  active: z.boolean(),
  /** `none`: cannot sign in · `invited`: has a link or an account without a password · `ready`. */
  account: z.enum(['none', 'invited', 'ready']),
  lastChange: lastChangeSchema.nullable(),
  /** Edits that lost against another one made at the same moment on another gateway; kept until somebody has looked. */
  lostEdits: z.array(lostEditOf(staffFieldsSchema)),
});
export type StaffRecord = z.infer<typeof staffRecordSchema>;

/** `GET /api/staff`, sorted by name. */
export const staffListSchema = z.object({ staff: z.array(staffRecordSchema) });
/** `POST /api/staff` → StaffRecord. The id comes from the form, so that a repeated request makes one person. */
export const createStaffSchema = z.strictObject({ id: personIdSchema, fields: staffFieldsSchema });
/** `PATCH /api/staff/:id` → StaffRecord; 409 `conflict` with the fields that somebody else changed. */
export const editStaffSchema = editSchemaOf(staffFieldsSchema);

/** `GET /api/staff/:id/open-work`: what stands in somebody's name, before they are deactivated. */
export const openWorkSchema = z.object({
  consults: z.array(
    z.object({ id: consultIdSchema, reference: z.string().nullable(), department: departmentIdSchema }),
  ),
  /** Turns of duty that have not ended. */
  shifts: z.int().min(0),
  headOf: z.array(departmentIdSchema),
  receiverOf: z.array(departmentIdSchema),
});
/** `POST /api/staff/:id/deactivate`: every open consult goes to `handOverTo` (of its receiving department) or, null, back to the pool. */
export const deactivateSchema = z.strictObject({ handOverTo: personIdSchema.nullable() });

/** Answer of deactivating: what became of each consult, and how many turns of duty nobody has now. */
export const deactivatedSchema = z.object({
  person: staffRecordSchema,
  consults: z.array(
    z.object({
      id: consultIdSchema,
      /** `kept`: it could not be moved; the department's escalation goes on. */
      outcome: z.enum(['handed-over', 'assigned-by-rule', 'to-pool', 'kept']),
    }),
  ),
  /** Turns of duty from now on that are without them: gaps of the rota. */
  shifts: z.int().min(0),
});

/** `GET /api/staff/:id/sessions` */
export const staffSessionsSchema = z.object({
  sessions: z.array(
    z.object({
      device: deviceIdSchema,
      deviceKind: z.enum(['personal', 'ward']),
      deviceName: z.string(),
      beganAt: instantSchema,
      lastUsedAt: instantSchema,
      endsAt: instantSchema,
      ended: z.boolean(),
    }),
  ),
  /** null: the person signs in with no account of the hospital's issuer. */
  openIdLinkedAt: instantSchema.nullable(),
});
/** `POST /api/staff/:id/invitation` and `/reset`: the address is shown once, or sent by mail and then null. */
export const sendLinkSchema = z.strictObject({ by: z.enum(['mail', 'screen']) });
export const linkSentSchema = z.object({ address: z.string().nullable(), endsAt: instantSchema });
