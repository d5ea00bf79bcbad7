import { canonicalJson } from '#shared/event/canonical.ts';
import { swapFactOrder, swapFactSchema, type SwapFact } from '#shared/directory/swap-request.ts';
import { z } from 'zod';
import { smallestBody, type Merge } from './merge.ts';

const factsSchema = z.looseObject({ facts: z.array(swapFactSchema) });

/** Requests to swap turns: what was said in any copy was said; the earliest of each fact. Who agreed, from where, stays in whichever leaf it stands. */
export const mergeSwapLeaves: Merge = (leaves) => {
  const byFact = new Map<string, SwapFact>();
  const facts = leaves.flatMap(({ body }) => factsSchema.parse(body).facts);
  for (const fact of facts.sort(
    (a, b) => swapFactOrder(a, b) || (canonicalJson(a) < canonicalJson(b) ? -1 : 1),
  ))
    if (!byFact.has(fact.fact)) byFact.set(fact.fact, fact);
  const agreeing = leaves.filter(({ body }) => body['agreedActor'] !== undefined);
  const [first, ...rest] = agreeing;
  const agreedActor = first === undefined ? undefined : smallestBody([first, ...rest])['agreedActor'];
  return {
    ...smallestBody(leaves),
    ...(agreedActor === undefined ? {} : { agreedActor }),
    facts: [...byFact.values()],
  };
};
