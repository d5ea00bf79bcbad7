import { z } from 'zod';
import { departmentIdSchema } from '#shared/lib/id.ts';
import { lineText } from '#shared/lib/text.ts';
import { designationSchema } from './staff.ts';

/** Minutes without a touch after which a tablet locks itself. */
export const lockTimesSchema = z.object({
  /** A tablet that a ward shares. */
  wardMinutes: z.int().min(1).max(60),
  /** A device that is one person's own. */
  personalMinutes: z.int().min(1).max(240),
});
export type LockTimes = z.infer<typeof lockTimesSchema>;

/** One document, id `organisation`: what holds for the whole hospital. */
export const organisationSchema = z.object({
  kind: z.literal('organisation'),
  id: z.literal('organisation'),
  name: lineText(120),
  timeZone: z.string().max(60),
  languages: z.array(z.string().max(12)).min(1),
  /** Every screen says so. */
  demo: z.boolean(),
  designations: z.array(designationSchema).max(60),
  /** The department whose first-tier rota is the duty administrator; null while nobody has set it up. */
  dutyAdministration: departmentIdSchema.nullable(),
  /** How long an ended consult stays on tablets. */
  retentionDays: z.int().min(1).max(365),
  /** A small picture for the head of each screen, as a data address; null or absent: the name alone. */
  logo: z
    .string()
    .max(32_768)
    .regex(/^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/)
    .nullable()
    .optional(),
  /** Mail domains whose people may come in by the hospital's single sign-on; absent or empty: what the installation is configured for. */
  allowedDomains: z
    .array(
      z
        .string()
        .max(253)
        .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/),
    )
    .max(50)
    .optional(),
  /** Absent: `defaultLockTimes`. */
  lock: lockTimesSchema.optional(),
  /** How long a tablet may go on reading without the server, and how far back the server judges what was written without it. Absent: `defaultOfflineLeaseHours`. */
  offlineLeaseHours: z.int().min(8).max(720).optional(),
});
export type Organisation = z.infer<typeof organisationSchema>;

export const defaultLockTimes: LockTimes = { wardMinutes: 3, personalMinutes: 10 };
export const defaultOfflineLeaseHours = 72;

/** The lock times that hold; also before the organisation has been read (null). */
export const lockTimesOf = (organisation: Organisation | null): LockTimes =>
  organisation?.lock ?? defaultLockTimes;

/** The offline lease that holds, in hours; also before the organisation has been read (null). */
export const offlineLeaseHoursOf = (organisation: Organisation | null): number =>
  organisation?.offlineLeaseHours ?? defaultOfflineLeaseHours;

/** The mail domains that hold: the organisation's own list where it names some, else the installation's. An empty list never means "nobody". */
export function allowedDomainsOf(
  organisation: Organisation | null,
  installed: readonly string[],
): readonly string[] {
  const own = organisation?.allowedDomains ?? [];
  return own.length > 0 ? own : installed;
}
