import { canonicalJson } from '#shared/event/canonical.ts';
import { alertFactSchema, type AlertFact } from '#shared/alert/alert.ts';
import { z } from 'zod';
import { smallestBody, type Merge } from './merge.ts';

const factsSchema = z.looseObject({ facts: z.array(alertFactSchema) });

const keyOf = ({ fact, channel, device, attempt }: AlertFact): string =>
  canonicalJson([fact, channel, device, attempt]);

const earlier = (a: AlertFact, b: AlertFact): AlertFact => {
  if (a.at !== b.at) return a.at < b.at ? a : b;
  return canonicalJson(a) <= canonicalJson(b) ? a : b;
};

/** The facts of all copies, the earliest of each (fact, channel, device, attempt), ordered by time. */
export function mergeAlertFacts(...copies: readonly (readonly AlertFact[])[]): AlertFact[] {
  const byKey = new Map<string, AlertFact>();
  for (const fact of copies.flat()) {
    const held = byKey.get(keyOf(fact));
    byKey.set(keyOf(fact), held === undefined ? fact : earlier(held, fact));
  }
  const order = (fact: AlertFact): string => fact.at + keyOf(fact);
  return [...byKey.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Alerts: what happened in any copy has happened. All else is set once, when the alert is planned. */
export const mergeAlertLeaves: Merge = (leaves) => ({
  ...smallestBody(leaves),
  facts: mergeAlertFacts(...leaves.map((leaf) => factsSchema.parse(leaf.body).facts)),
});
