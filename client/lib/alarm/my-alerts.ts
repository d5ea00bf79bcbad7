import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import type { ConsultId, PersonId } from '#shared/lib/id.ts';

/** The earliest fact of a kind; null when it has not happened. */
export function firstFact(alert: Alert, kind: AlertFact['fact']): AlertFact | null {
  let first: AlertFact | null = null;
  for (const fact of alert.facts) {
    if (
      fact.fact === kind &&
      (fact.outcome === null || fact.outcome === 'ok') &&
      (first === null || fact.at < first.at)
    )
      first = fact;
  }
  return first;
}

/** An alert to this person that still wants to be looked at: neither opened, acted on nor stood down. */
export function isUnopened(alert: Alert, person: PersonId): boolean {
  return (
    alert.recipient === person &&
    !alert.facts.some(({ fact }) => fact === 'opened' || fact === 'acted' || fact === 'stood-down')
  );
}

/** A person's own alerts, newest first. */
export const myAlerts = (alerts: readonly Alert[], person: PersonId): Alert[] =>
  alerts
    .filter((alert) => alert.recipient === person)
    .sort((a, b) => (a.plannedAt < b.plannedAt ? 1 : a.plannedAt > b.plannedAt ? -1 : 0));

export function alertsByConsult(alerts: readonly Alert[]): ReadonlyMap<ConsultId, readonly Alert[]> {
  const grouped = new Map<ConsultId, Alert[]>();
  for (const alert of alerts) {
    if (alert.consult === null) continue;
    const held = grouped.get(alert.consult);
    if (held === undefined) grouped.set(alert.consult, [alert]);
    else held.push(alert);
  }
  return grouped;
}
