import type { Alert, AlertKind } from '#shared/alert/alert.ts';
import { isTurnTest } from '#shared/alert/turn-test.ts';
import type { ConsultId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { WaitingReceipts } from '$lib/alerts/receipt-queue.ts';

/** An alert to this person that still wants to be looked at: neither opened, acted on nor stood down. */
export function isUnopened(alert: Alert, person: PersonId): boolean {
  return (
    alert.recipient === person &&
    !alert.facts.some(({ fact }) => fact === 'opened' || fact === 'acted' || fact === 'stood-down')
  );
}

/** News of how it ended; it is news until somebody has read it, also after the consult has ended. */
const endings: ReadonlySet<AlertKind> = new Set(['completed', 'cancelled', 'closed']);

export interface Reading {
  readonly person: PersonId;
  /** What came before this sign-in was old when the person came; null: not known, all counts. */
  readonly signedInAt: Instant | null;
  /** Looked at on this tablet, and not in the alerts yet. */
  readonly looked: WaitingReceipts;
  readonly isOpenConsult: (consult: ConsultId) => boolean;
}

/** Whether an alert counts as unread: to this person, since they signed in, not looked at, and about something that goes on. */
export function isUnread(alert: Alert, { person, signedInAt, looked, isOpenConsult }: Reading): boolean {
  // It says nothing that anybody has to read: what came of it stands in the rota and on the page that tells whether a device is ready.
  if (isTurnTest(alert)) return false;
  if (!isUnopened(alert, person) || looked[alert.id]?.fact === 'opened') return false;
  if (signedInAt !== null && alert.plannedAt < signedInAt) return false;
  return alert.consult === null || endings.has(alert.about) || isOpenConsult(alert.consult);
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
