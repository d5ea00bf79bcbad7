import { z } from 'zod';
import { departmentIdSchema, personIdSchema, uuidSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import { tierSchema } from './escalation-policy.ts';
import { rotaChangeSchema } from './rota-change.ts';
import { isoWeekSchema, rotaWeekSchema } from './rota.ts';
import { offeredTurnSchema, swapIdSchema, swapStateSchema } from './swap-request.ts';

const rowSchema = z.object({ row: z.int(), shift: z.string() });
const spanSchema = z.object({ from: instantSchema, until: instantSchema });

/** What is wrong with a week, see rota-problems.ts. */
export const rotaProblemSchema = z.discriminatedUnion('type', [
  rowSchema.extend({
    type: z.enum([
      'ends-before-start',
      'longer-than-a-day',
      'other-week',
      'same-id',
      'unknown-person',
      'inactive-person',
      'not-of-department',
      'not-agreed',
      'half-a-swap',
    ]),
  }),
  rowSchema.extend({ type: z.literal('overlap'), other: z.int().nullable() }),
  rowSchema.extend({ type: z.literal('same-person-twice'), other: z.int().nullable() }),
  rowSchema.extend({ type: z.literal('double-duty'), department: departmentIdSchema, tier: tierSchema }),
  spanSchema.extend({ type: z.literal('duty-gap') }),
  spanSchema.extend({ type: z.literal('gap'), tier: tierSchema }),
  z.object({ type: z.enum(['unknown-department', 'unknown-time-zone', 'unknown-week', 'wrong-id']) }),
]);

/** `GET /api/rota/:department/:week`, any week, for anybody signed in. */
export const rotaWeekAnswerSchema = z.object({
  week: rotaWeekSchema,
  /** The weeks before and after, where they were written: turns reach over midnight, and a week is copied from them. */
  around: z.array(rotaWeekSchema).max(2),
  problems: z.array(rotaProblemSchema),
  mayEdit: z.boolean(),
  asOf: instantSchema,
});
export type RotaWeekAnswer = z.infer<typeof rotaWeekAnswerSchema>;

/** `POST /api/rota/:department/:week/edit` → RotaWeekAnswer; the whole list or nothing. */
export const rotaEditSchema = z.strictObject({ changes: z.array(rotaChangeSchema).min(1).max(400) });
export type RotaEdit = z.infer<typeof rotaEditSchema>;

/** Why an edit was not made, as `code` of a refusal; its `path` names the change (`changes.3`). */
export const rotaRefusalCodeSchema = z.enum([
  'changed-meanwhile',
  'same-id',
  'no-such-time',
  'has-begun',
  'too-many-shifts',
  'unknown-week',
  'ends-before-start',
  'longer-than-a-day',
  'other-week',
  'unknown-person',
  'inactive-person',
  'not-of-department',
  'not-agreed',
  'half-a-swap',
  'overlap',
  'same-person-twice',
  'double-duty',
  'needs-cover',
  'duty-gap',
  'unknown-time-zone',
  // Swaps
  'not-your-turn',
  'not-their-turn',
  'nothing-to-swap',
  'not-open',
]);
export type RotaRefusalCode = z.infer<typeof rotaRefusalCodeSchema>;

/** 409 `conflict` (only `changed-meanwhile`) and 409 `refused`. */
export const rotaRefusedSchema = problemSchema.extend({
  refusals: z.array(z.object({ code: rotaRefusalCodeSchema, path: z.string().optional() })).optional(),
});
export type RotaRefusal = NonNullable<z.infer<typeof rotaRefusedSchema>['refusals']>[number];

const turnNameSchema = z.strictObject({ week: isoWeekSchema, shift: z.string().max(60) });
/** `POST /api/rota/swaps` → SwapView. `id` is made by whoever asks, so that asking twice is asking once. `theirs` null: nothing in return. */
export const askSwapSchema = z.strictObject({
  id: uuidSchema,
  department: departmentIdSchema,
  mine: turnNameSchema,
  to: personIdSchema,
  theirs: turnNameSchema.nullable(),
});
export type AskSwap = z.infer<typeof askSwapSchema>;

export const swapViewSchema = z.object({
  id: swapIdSchema,
  department: departmentIdSchema,
  askedBy: personIdSchema,
  to: personIdSchema,
  mine: offeredTurnSchema,
  theirs: offeredTurnSchema.nullable(),
  state: swapStateSchema,
  askedAt: instantSchema,
});
export type SwapView = z.infer<typeof swapViewSchema>;
/** `GET /api/rota/swaps`: those one asked or was asked, whose turns are not over, newest first. */
export const swapListSchema = z.object({ swaps: z.array(swapViewSchema) });

/** `POST /api/rota/calendar-link`: the only time the address is shown. */
export const calendarLinkSchema = z.object({ url: z.string(), madeAt: instantSchema });
/** `GET /api/rota/calendar-link`: whether there is one; the address itself is not kept. */
export const calendarLinkStateSchema = z.object({ madeAt: instantSchema.nullable() });
