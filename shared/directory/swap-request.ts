import { z } from 'zod';
import { departmentIdSchema, personIdSchema, uuidSchema, type PersonId } from '#shared/lib/id.ts';
import { earliest, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { isoWeekSchema, shiftSchema } from './rota.ts';

/** A turn as it was when the swap was asked; when it is another by the time of the answer, the swap is off. */
export const offeredTurnSchema = z.object({ week: isoWeekSchema, shift: shiftSchema });
export type OfferedTurn = z.infer<typeof offeredTurnSchema>;

/** `written`: both weeks of the rota say so. `failed`: agreed, but a turn had begun or been changed before it could be written. */
export const swapFactSchema = z.looseObject({
  fact: z.enum(['asked', 'agreed', 'declined', 'withdrawn', 'written', 'failed']),
  by: personIdSchema,
  at: instantSchema,
});
export type SwapFact = z.infer<typeof swapFactSchema>;

/** `<day of the earlier turn>_<uuid>`: what is long over is not looked at. */
export const swapIdSchema = z
  .string()
  .max(60)
  .refine((text) => /^\d{4}-\d{2}-\d{2}_/.test(text) && uuidSchema.safeParse(text.slice(11)).success);

/** One person asks another to swap a turn, or to take one (`theirs` null). Facts only grow; two copies are merged by their union. */
export const swapRequestSchema = z.looseObject({
  kind: z.literal('rota-swap'),
  id: swapIdSchema,
  department: departmentIdSchema,
  askedBy: personIdSchema,
  to: personIdSchema,
  mine: offeredTurnSchema,
  theirs: offeredTurnSchema.nullable(),
  facts: z.array(swapFactSchema).min(1),
});
export type SwapRequest = z.infer<typeof swapRequestSchema>;

export const swapStateSchema = z.enum([
  'asked',
  'agreed',
  'declined',
  'withdrawn',
  'expired',
  'written',
  'failed',
]);
export type SwapState = z.infer<typeof swapStateSchema>;

/** The moment at which the first of the turns begins: until then it can be agreed. */
export const swapEndsAt = ({ mine, theirs }: Pick<SwapRequest, 'mine' | 'theirs'>): Instant =>
  theirs === null ? mine.shift.startsAt : earliest(mine.shift.startsAt, theirs.shift.startsAt);

export const swapFactOrder = (a: SwapFact, b: SwapFact): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.fact < b.fact ? -1 : 1;

/** What was written is written; else the earliest decision stands, and without one the time decides. */
export function swapState(request: Pick<SwapRequest, 'facts' | 'mine' | 'theirs'>, now: Instant): SwapState {
  const { facts } = request;
  const has = (name: SwapFact['fact']): boolean => facts.some(({ fact }) => fact === name);
  if (has('written')) return 'written';
  if (has('failed')) return 'failed';
  const decisions = facts.filter(({ fact }) => fact !== 'asked').sort(swapFactOrder);
  const [decision] = decisions;
  if (decision !== undefined) return decision.fact === 'asked' ? 'asked' : decision.fact;
  return swapEndsAt(request) <= now ? 'expired' : 'asked';
}

/** Who may say what in the state `asked`: the asked one agrees or declines, the asking one takes it back. */
export function mayAnswerSwap(
  { askedBy, to }: Pick<SwapRequest, 'askedBy' | 'to'>,
  person: PersonId,
  fact: 'agreed' | 'declined' | 'withdrawn',
): boolean {
  return person === (fact === 'withdrawn' ? askedBy : to);
}
