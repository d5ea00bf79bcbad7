import { z } from 'zod';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { tierSchema } from './escalation-policy.ts';

/**
 * A turn that lies over the plain ones. `agreedBy` said yes, `askedBy` asked; rotas written before it was kept say only who agreed.
 * `swappedWith` is the id of the shift the other person took in return: then both persons are in `askedBy` and `agreedBy`.
 */
export const overrideSchema = z.object({
  agreedBy: personIdSchema,
  askedBy: personIdSchema.optional(),
  swappedWith: z.string().max(60).optional(),
});
export type Override = z.infer<typeof overrideSchema>;

/** One turn of duty. An override lies over the plain shifts of its tier and says who agreed. */
export const shiftSchema = z.object({
  id: z.string().max(60),
  tier: tierSchema,
  person: personIdSchema,
  startsAt: instantSchema,
  endsAt: instantSchema,
  override: overrideSchema.nullable(),
});
export type Shift = z.infer<typeof shiftSchema>;

export const isoWeekSchema = z.string().regex(/^\d{4}-W\d{2}$/);
export const maxShiftsOfWeek = 400;

/** The shifts of one department that start in one ISO week of the hospital's time zone. Id `rota:<department>:<year>-W<week>`. */
export const rotaWeekSchema = z.object({
  kind: z.literal('rota-week'),
  id: z.string().max(80),
  department: departmentIdSchema,
  week: isoWeekSchema,
  shifts: z.array(shiftSchema).max(maxShiftsOfWeek),
});
export type RotaWeek = z.infer<typeof rotaWeekSchema>;

export const rotaWeekId = (department: RotaWeek['department'], week: RotaWeek['week']): string =>
  `rota:${department}:${week}`;

export const emptyRotaWeek = (department: RotaWeek['department'], week: RotaWeek['week']): RotaWeek => ({
  kind: 'rota-week',
  id: rotaWeekId(department, week),
  department,
  week,
  shifts: [],
});
