import { z } from 'zod';
import { clockNameSchema } from '#shared/consult/vocabulary.ts';
import { personIdSchema } from '#shared/lib/id.ts';
import { mostSteps } from './policy-limits.ts';

export const tierSchema = z.enum(['first', 'second', 'consultant']);
export type Tier = z.infer<typeof tierSchema>;

export const escalationRecipientSchema = z.discriminatedUnion('who', [
  z.strictObject({ who: z.literal('assignee') }),
  z.strictObject({ who: z.literal('on-call'), tier: tierSchema }),
  z.strictObject({ who: z.literal('receiver') }),
  z.strictObject({ who: z.literal('head') }),
  z.strictObject({ who: z.literal('parent-head') }),
  z.strictObject({ who: z.literal('duty-administrator') }),
  z.strictObject({ who: z.literal('named'), person: personIdSchema }),
]);
export type EscalationRecipient = z.infer<typeof escalationRecipientSchema>;

/**
 * `afterMinutes` counts from the start of the consult's clock, not from the step before. The step does not fire once `unless` was met.
 * `repeatMinutes` null: fires once; else again every so many minutes while the condition is not met, `repeatTimes` times more (null: until met).
 */
export const escalationStepSchema = z.strictObject({
  afterMinutes: z.int().min(0).max(20_160),
  unless: clockNameSchema,
  notify: z.array(escalationRecipientSchema).min(1).max(8),
  repeatMinutes: z.int().min(1).max(10_080).nullable(),
  repeatTimes: z.int().min(1).max(1000).nullable(),
});
export type EscalationStep = z.infer<typeof escalationStepSchema>;

/** Steps in rising `afterMinutes`. */
export const escalationPolicySchema = z.strictObject({
  steps: z.array(escalationStepSchema).min(1).max(mostSteps),
});
export type EscalationPolicy = z.infer<typeof escalationPolicySchema>;
