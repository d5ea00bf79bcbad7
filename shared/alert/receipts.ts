import { canonicalJson } from '#shared/event/canonical.ts';
import type { Alert, AlertFact } from './alert.ts';

/** As many facts as an alert may hold; beyond it, what tells more stays. */
export const maxAlertFacts = 400;

/** How far an alert has come. */
export type AlertState = 'planned' | 'sent' | 'shown' | 'opened' | 'acted';
const stages: readonly AlertState[] = ['planned', 'sent', 'shown', 'opened', 'acted'];

/** What makes two facts the same fact: only the earliest of them is kept. */
const factKey = (fact: AlertFact): string =>
  `${fact.fact} ${fact.channel ?? '-'} ${fact.device ?? '-'} ${fact.attempt}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareFacts = (a: AlertFact, b: AlertFact): number =>
  compareText(a.at, b.at) ||
  compareText(factKey(a), factKey(b)) ||
  compareText(canonicalJson(a), canonicalJson(b));

/** Acts of people outlive the record of attempts when there is no room for both. */
const weightOf = (fact: AlertFact): number =>
  ['acted', 'opened', 'stood-down', 'shown', 'planned', 'sent'].indexOf(fact.fact);

function unionOfFacts(facts: readonly AlertFact[]): AlertFact[] {
  const byKey = new Map<string, AlertFact>();
  for (const fact of facts) {
    const key = factKey(fact);
    const held = byKey.get(key);
    if (held === undefined || compareFacts(fact, held) < 0) byKey.set(key, fact);
  }
  return [...byKey.values()]
    .sort((a, b) => weightOf(a) - weightOf(b) || compareFacts(a, b))
    .slice(0, maxAlertFacts)
    .sort(compareFacts);
}

/**
 * Union of what is known of one alert; commutes, associates and repeats. Where two copies differ in a plain field, the smaller
 * bytes stay, so that every replica chooses alike. Throws for copies of different alerts.
 */
export function mergeAlerts(a: Alert, b: Alert): Alert {
  if (a.id !== b.id) throw new Error('only copies of one alert can be merged');
  const merged: Record<string, unknown> = { ...a };
  for (const [field, value] of Object.entries(b)) {
    const held = merged[field];
    if (held === undefined || canonicalJson(value) < canonicalJson(held)) merged[field] = value;
  }
  return { ...a, ...merged, facts: unionOfFacts([...a.facts, ...b.facts]) };
}

/** Adds one fact; one that is known already, at the same time or earlier, changes nothing. */
export const addFact = (alert: Alert, fact: AlertFact): Alert => ({
  ...alert,
  facts: unionOfFacts([...alert.facts, fact]),
});

/** The furthest stage any fact proves; a failed sending proves none. Facts only grow, so it never goes back. */
export function alertState(alert: Alert): AlertState {
  let furthest = 0;
  for (const fact of alert.facts) {
    if (fact.fact === 'stood-down') continue;
    if (fact.fact === 'sent' && fact.outcome !== 'ok') continue;
    furthest = Math.max(furthest, stages.indexOf(fact.fact));
  }
  return stages[furthest] ?? 'planned';
}

export const isStoodDown = (alert: Alert): boolean => alert.facts.some((fact) => fact.fact === 'stood-down');
