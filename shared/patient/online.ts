import { z } from 'zod';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import { consultIdSchema, departmentIdSchema, patientIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { lineText, longText } from '#shared/lib/text.ts';
import { patientContentSchema, sexSchema } from './content.ts';

/** Routes under /api/patients. All are POST, so that nothing of a patient ever stands in a URL. */
export const searchLimit = 20;
export const maxQueryLength = 200;
export const searchRequestSchema = z.strictObject({ query: lineText(maxQueryLength) });

export const patientStateSchema = z.enum(['present', 'discharged', 'died', 'merged']);

/** A patient within the person's reach. */
export const knownHitSchema = z.object({
  reach: z.literal('within'),
  id: patientIdSchema,
  content: patientContentSchema.pick({
    name: true,
    mrn: true,
    born: true,
    sex: true,
    ward: true,
    bed: true,
    department: true,
  }),
  state: patientStateSchema,
});
/** Another department's patient: enough to recognise the record (recognise.ts). */
export const recognisedHitSchema = z.object({
  reach: z.literal('outside'),
  id: patientIdSchema,
  name: z.string(),
  mrn: z.string().nullable(),
  age: z.object({ value: z.int(), unit: z.enum(['years', 'months', 'days']) }).nullable(),
  sex: sexSchema,
  ward: z.string(),
  department: departmentIdSchema,
  state: patientStateSchema,
});
export const searchHitSchema = z.discriminatedUnion('reach', [knownHitSchema, recognisedHitSchema]);
export type OnlineHit = z.infer<typeof searchHitSchema>;
export const searchAnswerSchema = z.object({
  hits: z.array(searchHitSchema).max(searchLimit),
  /** false: the server has begun lately and has not read every record yet. */
  isWhole: z.boolean(),
  asOf: instantSchema,
});

/** Why somebody reads another department's patient. `other` and nothing else needs words. */
export const openReasonKindSchema = z.enum([
  'treating-now',
  'emergency',
  'covering',
  'asked-by-colleague',
  'telling-records-apart',
  'other',
]);
export type OpenReasonKind = z.infer<typeof openReasonKindSchema>;
export const openReasonSchema = z
  .strictObject({ kind: openReasonKindSchema, words: longText(500) })
  .refine(({ kind, words }) => kind !== 'other' || words.trim() !== '', 'needs words');
export type OpenReason = z.infer<typeof openReasonSchema>;
export const openRequestSchema = z.strictObject({ reason: openReasonSchema });
export const historyRequestSchema = z.strictObject({});

/** At most so many consults of one patient leave at once, the newest. */
export const historyLimit = 100;
const heldDocumentSchema = z.object({ id: z.string(), events: eventDocumentSchema.shape.events });
export const patientRecordAnswerSchema = z.object({
  patient: heldDocumentSchema.extend({ id: patientIdSchema }),
  /** Newest last changed first. */
  consults: z.array(heldDocumentSchema.extend({ id: consultIdSchema })),
  /** Consults of departments the person has nothing to do with; they are read with a reason. */
  hidden: z.int().min(0),
  asOf: instantSchema,
});
export type PatientRecordAnswer = z.infer<typeof patientRecordAnswerSchema>;
