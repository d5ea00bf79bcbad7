import type { Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** In what capacity somebody may be on the way when a consult is cancelled. */
const onTheWay: ReadonlySet<string> = new Set(['assignee', 'acknowledged it', 'came second']);
export const mayBeOnTheWay = (alert: Pick<Alert, 'as'>): boolean => onTheWay.has(alert.as);

export type StandDownState =
  | { readonly state: 'opened'; readonly at: Instant }
  | { readonly state: 'shown'; readonly at: Instant }
  /** On its way to a device that has not shown it. */
  | { readonly state: 'not-shown' }
  | { readonly state: 'no-device' }
  /** The cancel itself is still on this tablet. */
  | { readonly state: 'not-left' };

export interface StandDownReach {
  readonly person: PersonId;
  readonly reach: StandDownState;
}

const firstAt = (alerts: readonly Alert[], kinds: readonly string[]): Instant | null =>
  alerts
    .flatMap(({ facts }) => facts)
    .filter(({ fact }) => kinds.includes(fact))
    .reduce<Instant | null>((first, { at }) => (first === null || at < first ? at : first), null);

function reachOf(alerts: readonly Alert[]): StandDownState {
  const opened = firstAt(alerts, ['opened', 'acted']);
  if (opened !== null) return { state: 'opened', at: opened };
  const shown = firstAt(alerts, ['shown']);
  if (shown !== null) return { state: 'shown', at: shown };
  const sent = alerts
    .flatMap(({ facts }) => facts)
    .filter(({ fact, channel }) => fact === 'sent' && channel !== 'in-app');
  return sent.length > 0 && sent.every(({ outcome }) => outcome === 'none' || outcome === 'gone')
    ? { state: 'no-device' }
    : { state: 'not-shown' };
}

/** The cancel that holds; null: the consult is not cancelled. */
export function cancelOf(consult: Consult): HeldEvent | null {
  if (consult.status !== 'cancelled') return null;
  const entry = consult.timeline.findLast(
    ({ event, withoutEffect }) => event.type === 'cancelled' && withoutEffect === null,
  );
  return entry?.event ?? null;
}

/**
 * How far the cancel has come to whoever may be on the way, from the alerts' facts alone (CON-18). [] when it is not cancelled, or when nobody had
 * taken it or been given it. Who cancelled their own visit needs no telling.
 */
export function standDownReach(consult: Consult, alerts: readonly Alert[]): StandDownReach[] {
  const cancel = cancelOf(consult);
  if (cancel === null) return [];
  const told = alerts.filter(
    (alert) => alert.about === 'cancelled' && alert.cause === cancel.id && mayBeOnTheWay(alert),
  );
  const people = new Set<PersonId>(told.map(({ recipient }) => recipient));
  for (const person of [consult.assignee, consult.acknowledgedBy])
    if (person !== null && person !== cancel.author) people.add(person);
  return [...people].map((person) => ({
    person,
    reach:
      cancel.n === undefined
        ? { state: 'not-left' }
        : reachOf(told.filter(({ recipient }) => recipient === person)),
  }));
}
