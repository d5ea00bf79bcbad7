import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Consult } from './consult.ts';

export interface PersonAt {
  readonly person: PersonId;
  readonly at: Instant;
}

/** How far one thing somebody wrote has come, from stamps and receipts alone; each null or [] until it is known. */
export interface DeliveryFacts {
  readonly atServerAt: Instant | null;
  /** The first alert about it that a channel took. */
  readonly sentAt: Instant | null;
  /** First time per person, earliest first. Shown on a device is not read by a person. */
  readonly shown: readonly PersonAt[];
  /** Opened the alert about it, or the consult once it was in it. */
  readonly opened: readonly PersonAt[];
  /** For an act that puts the consult before a department or a person: the first who took it on after that. */
  readonly acknowledged: PersonAt | null;
}

/** Acts that wait for somebody's acknowledgement. */
const awaitsAcknowledgement: ReadonlySet<string> = new Set([
  'submitted',
  'resubmitted',
  'redirected',
  'reopened',
  'assigned',
  'reassigned',
]);

/** `alerts` may hold those of other events and consults too. */
export function deliveryFacts(event: HeldEvent, consult: Consult, alerts: readonly Alert[]): DeliveryFacts {
  const shown = new Map<PersonId, Instant>();
  const opened = new Map<PersonId, Instant>();
  let sentAt: Instant | null = null;
  for (const alert of alerts) {
    if (alert.consult !== consult.id || !isAbout(alert, event)) continue;
    for (const fact of alert.facts) {
      if (isSent(fact) && (sentAt === null || fact.at < sentAt)) sentAt = fact.at;
      if (fact.fact === 'shown') keepFirst(shown, alert.recipient, fact.at);
      if (fact.fact === 'opened') keepFirst(opened, alert.recipient, fact.at);
    }
  }
  for (const { event: other } of consult.timeline) {
    if (other.type !== 'opened' || other.author === event.author || other.receivedAt === undefined) continue;
    if (event.n !== undefined && other.base >= event.n)
      keepFirst(opened, other.author as PersonId, other.receivedAt);
  }
  return {
    atServerAt: event.receivedAt ?? null,
    sentAt,
    shown: earliestFirst(shown),
    opened: earliestFirst(opened),
    acknowledged: acknowledgementOf(event, consult),
  };
}

/** Caused by the event itself, or by a fact the server derived from it (its id begins with the event's). */
const isAbout = (alert: Alert, event: HeldEvent): boolean =>
  alert.cause === event.id || alert.cause.startsWith(`${event.id}:`);

const isSent = (fact: AlertFact): boolean =>
  fact.fact === 'sent' && fact.outcome === 'ok' && fact.channel !== 'in-app';

function keepFirst(firsts: Map<PersonId, Instant>, person: PersonId, at: Instant): void {
  const held = firsts.get(person);
  if (held === undefined || at < held) firsts.set(person, at);
}

const earliestFirst = (firsts: ReadonlyMap<PersonId, Instant>): PersonAt[] =>
  [...firsts]
    .map(([person, at]) => ({ person, at }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.person < b.person ? -1 : 1));

function acknowledgementOf(event: HeldEvent, consult: Consult): PersonAt | null {
  if (!awaitsAcknowledgement.has(event.type) || event.n === undefined) return null;
  for (const { event: other, withoutEffect } of consult.timeline) {
    if (other.n === undefined || other.receivedAt === undefined || other.n <= event.n) continue;
    if (withoutEffect !== null) continue;
    // A later round is not an answer to this one.
    if (other.type === 'redirected' || other.type === 'resubmitted' || other.type === 'reopened') return null;
    if (isTakenOn(other, event)) return { person: other.author as PersonId, at: other.receivedAt };
  }
  return null;
}

function isTakenOn(act: HeldEvent, asked: HeldEvent): boolean {
  const isForOne = asked.type === 'assigned' || asked.type === 'reassigned';
  if (isForOne) {
    const acts = act.type === 'acknowledged' || act.type === 'promise-changed' || act.type === 'seen';
    return acts && act.author === asked.body['to'];
  }
  if (act.type === 'assigned') return act.body['to'] === act.author || act.body['acknowledges'] === true;
  return act.type === 'acknowledged' || act.type === 'seen' || act.type === 'hand-over-confirmed';
}
