import { z } from 'zod';
import { departmentIdSchema, eventIdSchema, patientIdSchema } from '#shared/lib/id.ts';
import { requiredText } from '#shared/lib/text.ts';
import { allergiesSchema, patientContentSchema, placeSchema, precautionSchema } from './content.ts';

const reason = requiredText(1000);

/** Acts of people about a patient. The document id is random, never the MRN. */
export const authoredPatientBodies = {
  registered: z.strictObject({ content: patientContentSchema }),
  /** Only the fields named change; place, allergies and precautions have events of their own. */
  corrected: z.strictObject({
    changes: patientContentSchema
      .pick({ mrn: true, name: true, born: true, sex: true, diagnosis: true })
      .partial(),
    reason,
  }),
  moved: z.strictObject({
    ward: placeSchema.shape.ward,
    bed: placeSchema.shape.bed,
    department: departmentIdSchema,
  }),
  'allergies-changed': z.strictObject({ allergies: allergiesSchema }),
  'precautions-changed': z.strictObject({ precautions: z.array(precautionSchema).max(5) }),
  discharged: z.strictObject({ note: z.string().max(500) }),
  died: z.strictObject({ note: z.string().max(500) }),
  /** A death or a discharge that was entered in error: what stood before it stands again. */
  'state-corrected': z.strictObject({ of: eventIdSchema, reason }),
  'merged-into': z.strictObject({ patient: patientIdSchema, reason }),
  unmerged: z.strictObject({ reason }),
} as const;

export const systemPatientBodies = {
  'arrived-late': z.strictObject({ of: z.string(), minutes: z.int().min(1) }),
  /** Another document carries the same MRN; the merge is offered on both. */
  'mrn-shared': z.strictObject({ with: patientIdSchema }),
} as const;

export type AuthoredPatientType = keyof typeof authoredPatientBodies;
export type SystemPatientType = keyof typeof systemPatientBodies;
export type PatientEventType = AuthoredPatientType | SystemPatientType;
export type PatientBody<T extends PatientEventType> = T extends AuthoredPatientType
  ? z.infer<(typeof authoredPatientBodies)[T]>
  : T extends SystemPatientType
    ? z.infer<(typeof systemPatientBodies)[T]>
    : never;
