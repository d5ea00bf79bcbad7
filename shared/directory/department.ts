import { z } from 'zod';
import { targetsSchema, urgencySchema } from '#shared/consult/vocabulary.ts';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { lineText } from '#shared/lib/text.ts';
import { escalationPolicySchema } from './escalation-policy.ts';
import { intakeQuestionSchema } from './intake-question.ts';

/** How an unassigned consult finds a person (DEP-3); `manual` leaves it in the pool. */
export const assignmentModeSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('manual') }),
  z.object({ mode: z.literal('on-call') }),
  z.object({ mode: z.literal('round-robin') }),
  z.object({ mode: z.literal('least-loaded') }),
  z.object({ mode: z.literal('seniority') }),
  z.object({ mode: z.literal('named'), person: personIdSchema }),
]);
export type AssignmentMode = z.infer<typeof assignmentModeSchema>;

export const departmentSchema = z.object({
  kind: z.literal('department'),
  id: departmentIdSchema,
  name: lineText(80),
  /** Part of reference numbers, such as CARD. */
  code: z.string().regex(/^[A-Z]{2,8}$/),
  type: z.enum(['clinical', 'administrative', 'support']),
  parent: departmentIdSchema.nullable(),
  head: personIdSchema.nullable(),
  /** The delegated receiver; null: the head receives. */
  receiver: personIdSchema.nullable(),
  extension: z.string().max(20).nullable(),
  email: z.string().max(254).nullable(),
  active: z.boolean(),
  targets: z.record(urgencySchema, targetsSchema),
  assignment: z.record(urgencySchema, assignmentModeSchema),
  policies: z.record(urgencySchema, escalationPolicySchema),
  intakeQuestions: z.array(intakeQuestionSchema).max(30),
});
export type Department = z.infer<typeof departmentSchema>;
