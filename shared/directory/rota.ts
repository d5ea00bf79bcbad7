import { z } from 'zod';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { tierSchema } from './escalation-policy.ts';

/** One turn of duty. An override lies over the plain shifts of its tier and says who agreed. */
export const shiftSchema = z.object({
  id: z.string().max(60),
  tier: tierSchema,
  person: personIdSchema,
  startsAt: instantSchema,
  endsAt: instantSchema,
  override: z.object({ agreedBy: personIdSchema }).nullable(),
});
export type Shift = z.infer<typeof shiftSchema>;

/** The shifts of one department that start in one ISO week of the hospital's time zone. Id `rota:<department>:<year>-W<week>`. */
export const rotaWeekSchema = z.object({
  kind: z.literal('rota-week'),
  id: z.string().max(80),
  department: departmentIdSchema,
  week: z.string().regex(/^\d{4}-W\d{2}$/),
  shifts: z.array(shiftSchema).max(400),
});
export type RotaWeek = z.infer<typeof rotaWeekSchema>;
