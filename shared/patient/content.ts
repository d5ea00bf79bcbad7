import { z } from 'zod';
import { departmentIdSchema } from '#shared/lib/id.ts';
import { lineText, longText } from '#shared/lib/text.ts';

export const sexSchema = z.enum(['female', 'male', 'other', 'unknown']);

/** Born on a day, or an age when that is all anyone knows; `asOf` is the day the age was told. */
export const bornSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('date'), date: z.iso.date() }),
    z.strictObject({
      kind: z.literal('age'),
      value: z.int().min(0).max(1500),
      unit: z.enum(['years', 'months', 'days']),
      asOf: z.iso.date(),
    }),
    z.strictObject({ kind: z.literal('unknown') }),
  ])
  .refine((born) => born.kind !== 'age' || born.unit !== 'years' || born.value <= 130, 'nobody is that old');
export type Born = z.infer<typeof bornSchema>;

export const allergySchema = z.strictObject({ substance: lineText(120), reaction: longText(200) });
/** 'none-known' was asked and denied; 'not-asked' is not the same. */
export const allergiesSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not-asked') }),
  z.strictObject({ kind: z.literal('none-known') }),
  z.strictObject({ kind: z.literal('known'), list: z.array(allergySchema).min(1).max(30) }),
]);
export const precautionSchema = z.enum(['contact', 'droplet', 'airborne', 'protective', 'standard']);

export const mrnSchema = z.string().regex(/^[A-Z0-9][A-Z0-9/-]{0,23}$/);
export const placeSchema = z.strictObject({ ward: lineText(40), bed: longText(20) });

/** What is known of a patient. `mrn` null: not registered centrally yet (PAT-1 allows a bedside entry). */
export const patientContentSchema = z.strictObject({
  mrn: mrnSchema.nullable(),
  name: lineText(120),
  born: bornSchema,
  sex: sexSchema,
  ward: placeSchema.shape.ward,
  bed: placeSchema.shape.bed,
  department: departmentIdSchema,
  diagnosis: longText(500),
  allergies: allergiesSchema,
  precautions: z.array(precautionSchema).max(5),
});
export type PatientContent = z.infer<typeof patientContentSchema>;
