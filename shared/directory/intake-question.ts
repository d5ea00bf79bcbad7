import { z } from 'zod';
import { lineText, longText } from '#shared/lib/text.ts';

const common = { id: z.string().regex(/^[a-z0-9-]{1,40}$/), text: lineText(200), required: z.boolean() };

/** A question a department asks of everyone who consults it. */
export const intakeQuestionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('text') }),
  z.strictObject({ ...common, kind: z.literal('choice'), choices: z.array(lineText(80)).min(2).max(20) }),
  z.strictObject({ ...common, kind: z.literal('yes-no') }),
  z.strictObject({
    ...common,
    kind: z.literal('number'),
    unit: lineText(20).nullable(),
    min: z.number(),
    max: z.number(),
  }),
]);
export type IntakeQuestion = z.infer<typeof intakeQuestionSchema>;

/** The question's words travel with the answer: the record must read the same after the department changes its form. */
export const intakeAnswerSchema = z.strictObject({
  question: z.string().regex(/^[a-z0-9-]{1,40}$/),
  asked: lineText(200),
  answer: z.union([longText(1000), z.boolean(), z.number()]),
});
export type IntakeAnswer = z.infer<typeof intakeAnswerSchema>;
