import { z } from 'zod';
import { documentIdSchema, departmentIdSchema } from '#shared/lib/id.ts';
import { heldEventSchema } from '#shared/event/envelope.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { requiredText } from '#shared/lib/text.ts';
import { quarantineCodeSchema, refusalCodeSchema } from './protocol.ts';

/** An event set aside until a head has looked at it. `departments`: those whose heads see it. */
export const quarantinedSchema = z.object({
  id: z.string().max(400),
  code: quarantineCodeSchema,
  document: documentIdSchema,
  documentKind: z.enum(['consult', 'patient']),
  departments: z.array(departmentIdSchema),
  heldAt: instantSchema,
  event: heldEventSchema,
  /** null: nobody has decided yet. */
  decision: z
    .object({
      as: z.enum(['released', 'dismissed']),
      by: z.string(),
      at: instantSchema,
      reason: z.string(),
    })
    .nullable(),
});
export type Quarantined = z.infer<typeof quarantinedSchema>;

/** `GET /api/sync/quarantine` */
export const quarantineAnswerSchema = z.object({ events: z.array(quarantinedSchema), asOf: instantSchema });

/** `POST /api/sync/quarantine/release` and `/dismiss` */
export const quarantineDecisionSchema = z.strictObject({
  id: z.string().min(1).max(400),
  reason: requiredText(1000),
});
export type QuarantineDecision = z.infer<typeof quarantineDecisionSchema>;

/** An event never allowed, kept on the server for its author alone. */
export const refusedSchema = z.object({
  code: refusalCodeSchema,
  refusedAt: instantSchema,
  event: heldEventSchema,
});
/** `GET /api/sync/refused`: the asking person's own, newest first. */
export const refusedAnswerSchema = z.object({ events: z.array(refusedSchema), asOf: instantSchema });
