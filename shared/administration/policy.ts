import { z } from 'zod';
import { clockNameSchema, targetsSchema, urgencySchema } from '#shared/consult/vocabulary.ts';
import { escalationPolicySchema } from '#shared/directory/escalation-policy.ts';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { refusalSchema } from './refusals.ts';

/** `POST /api/policies/preview`: plays a draft against the rota as it stands, from `from` on; absent: from now. Nothing is stored. */
export const policyPreviewRequestSchema = z.strictObject({
  department: departmentIdSchema,
  urgency: urgencySchema,
  policy: escalationPolicySchema,
  targets: targetsSchema,
  from: instantSchema.optional(),
});

/** Who would be woken when if nobody did anything; earliest first, 24 hours. `problems`: why the draft could not be stored as it is. */
export const policyPreviewSchema = z.object({
  from: instantSchema,
  calls: z.array(
    z.object({
      at: instantSchema,
      afterMinutes: z.number(),
      step: z.int(),
      repeat: z.int(),
      unless: clockNameSchema,
      /** `as`: in what capacity, such as `on-call first`. */
      people: z.array(z.object({ person: personIdSchema, as: z.string() })),
    }),
  ),
  problems: z.array(refusalSchema),
});
export type PolicyPreview = z.infer<typeof policyPreviewSchema>;
