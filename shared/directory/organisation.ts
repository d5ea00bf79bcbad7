import { z } from 'zod';
import { departmentIdSchema } from '#shared/lib/id.ts';
import { lineText } from '#shared/lib/text.ts';
import { designationSchema } from './staff.ts';

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
  /** Mail domains whose people may come in by the hospital's single sign-on; absent: what the installation is configured for. */
  allowedDomains: z
    .array(
      z
        .string()
        .max(253)
        .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/),
    )
    .max(50)
    .optional(),
});
export type Organisation = z.infer<typeof organisationSchema>;
