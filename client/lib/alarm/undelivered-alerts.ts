import type { Alert } from '#shared/alert/alert.ts';
import { asksToCome } from '#shared/alert/pressing.ts';
import { alertState, isStoodDown } from '#shared/alert/receipts.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { isOpen, urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { descendantsOf, isHeadOf } from '#shared/directory/leaders.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { earliest, msBetween, type Instant } from '#shared/lib/instant.ts';

/** So long an alert may be on its way before its silence is worth a head's look. */
const silentAfterMs: Readonly<Record<Urgency, number>> = {
  emergency: 60_000,
  urgent: 5 * 60_000,
  routine: 60 * 60_000,
};

/** A consult that no called person's device has shown. */
export interface UndeliveredAlert {
  readonly consult: Consult;
  /** Called first. */
  readonly since: Instant;
  /** Whom it was meant for, each once, in the order they were called. */
  readonly people: readonly { readonly person: PersonId; readonly hasDevice: boolean }[];
}

/** Departments a person heads at that moment, with all below them. */
export function headedBy(person: Person, directory: Directory, at: Instant): ReadonlySet<DepartmentId> {
  const own = [...directory.departments.keys()].filter((id) => isHeadOf(person, id, directory, at));
  return new Set([...own, ...own.flatMap((id) => [...descendantsOf(directory, id)])]);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** Called first; at one moment the assignee before the rest, which is also the order of their capacities as text. */
const byCall = (a: Alert, b: Alert): number =>
  compareText(a.plannedAt, b.plannedAt) || compareText(a.as, b.as) || compareText(a.id, b.id);

const reached = (alert: Alert): boolean => ['shown', 'opened', 'acted'].includes(alertState(alert));
/** Something was taken by a channel. */
const isSent = ({ facts }: Alert): boolean =>
  facts.some(({ fact, outcome, channel }) => fact === 'sent' && outcome === 'ok' && channel !== 'in-app');

/**
 * Open consults of these departments whose callers reached nobody's device, the most urgent first, then the longest waiting. What was shown to
 * `reader` alone does not count: the one who looks at this list is not the one it was meant for.
 */
export function undeliveredAlerts(
  alertsOf: (consult: Consult) => readonly Alert[],
  consults: readonly Consult[],
  departments: ReadonlySet<DepartmentId>,
  reader: PersonId,
  now: Instant,
): UndeliveredAlert[] {
  const found: UndeliveredAlert[] = [];
  for (const consult of consults) {
    if (!departments.has(consult.receivingDepartment) || !isOpen(consult.status)) continue;
    const called = alertsOf(consult).filter(
      (alert) => alert.recipient !== reader && asksToCome(alert) && !isStoodDown(alert),
    );
    if (called.length === 0 || called.some(reached)) continue;
    const since = called.map(({ plannedAt }) => plannedAt).reduce(earliest);
    if (msBetween(since, now) < silentAfterMs[consult.urgency]) continue;
    const people = new Map<PersonId, boolean>();
    for (const alert of [...called].sort(byCall))
      people.set(alert.recipient, (people.get(alert.recipient) ?? false) || isSent(alert));
    found.push({
      consult,
      since,
      people: [...people].map(([person, hasDevice]) => ({ person, hasDevice })),
    });
  }
  return found.sort(
    (a, b) =>
      urgencies.indexOf(a.consult.urgency) - urgencies.indexOf(b.consult.urgency) ||
      (a.since < b.since ? -1 : a.since > b.since ? 1 : a.consult.id < b.consult.id ? -1 : 1),
  );
}
