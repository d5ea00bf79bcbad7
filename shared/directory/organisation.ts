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
});
export type Organisation = z.infer<typeof organisationSchema>;
