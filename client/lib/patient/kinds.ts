import type { z } from 'zod';
import type { allergiesSchema, precautionSchema, sexSchema } from '#shared/patient/content.ts';

export type Allergies = z.infer<typeof allergiesSchema>;
export type Precaution = z.infer<typeof precautionSchema>;
export type Sex = z.infer<typeof sexSchema>;
