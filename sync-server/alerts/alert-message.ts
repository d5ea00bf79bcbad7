import type { Alert, AlertKind } from '#shared/alert/alert.ts';
import { placeOfAlert } from '#shared/alert/place.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { isTurnTest } from '#shared/alert/turn-test.ts';
import type { TestOccasion } from '#shared/alert/words/vocabulary.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { mayAct } from '#shared/consult/permissions.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Language } from '#shared/lib/language.ts';
import type { AlertMessage } from './channel.ts';

/** Alerts that a tap on the notification can answer. */
const canBeAcknowledged: ReadonlySet<AlertKind> = new Set([
  'new-consult',
  'assigned',
  'reassigned',
  'redirected',
  'reopened',
  'due-soon',
  'breached',
  'escalated',
]);

const maxTagLength = 120;

/**
 * Equal for tries of one sending: it changes only when a provider took the one before. For SMS it is the message's id, and the provider's receipt
 * names it.
 */
export function idempotencyKeyOf({ id, facts }: Alert, channel: OutsideChannel): string {
  const taken = new Set(
    facts
      .filter((fact) => fact.fact === 'sent' && fact.channel === channel && fact.outcome === 'ok')
      .map(({ attempt }) => attempt),
  );
  return `${id}:${channel}:${String(taken.size)}`;
}

/** The alert a key was made for; null for a text that is none. */
export function alertOfKey(key: string, channel: OutsideChannel): string | null {
  return new RegExp(`^(.+):${channel}:\\d{1,4}$`).exec(key)?.[1] ?? null;
}

/** Whether an answer from the notification would be taken: who only reads along, such as a duty administrator, is offered none. */
function mayAcknowledge(alert: Alert, consult: Consult, directory: Directory, now: Instant): boolean {
  if (!canBeAcknowledged.has(alert.about) || consult.status !== 'submitted') return false;
  const person = directory.people.get(alert.recipient);
  if (person === undefined) return false;
  return mayAct({ action: 'acknowledged', body: null, person, consult, directory, at: now }).allowed;
}

const occasionOf = (alert: Alert, round: number): TestOccasion =>
  !isTurnTest(alert) ? 'asked' : round === 0 ? 'turn' : 'turn-silent';

/** What may leave the hospital about an alert. `others`: further routine alerts to the same person that go along. */
export function messageOf({
  alert,
  others = [],
  type,
  channel,
  consult,
  directory,
  language,
  round = 0,
  now,
}: {
  alert: Alert;
  others?: readonly Alert[];
  type: AlertMessage['type'];
  channel: OutsideChannel;
  /** null: about none. */
  consult: Consult | null;
  directory: Directory;
  /** The recipient's. */
  language: Language;
  /** How many times silence had been waited for. */
  round?: number;
  now: Instant;
}): AlertMessage {
  const isBundle = others.length > 0;
  return {
    type,
    alerts: [alert.id, ...others.map(({ id }) => id)],
    idempotencyKey: idempotencyKeyOf(alert, channel),
    // One notification per consult and device: a repeat replaces what it repeats.
    tag: (isBundle
      ? `routine:${alert.recipient}`
      : consult === null
        ? alert.cause
        : `consult:${consult.id}`
    ).slice(0, maxTagLength),
    about: alert.about,
    urgency: alert.urgency,
    departmentName: directory.departments.get(alert.department)?.name ?? '',
    language,
    ...(alert.about === 'test' ? { test: occasionOf(alert, round) } : {}),
    reference: consult?.reference ?? null,
    open: isBundle ? '/alerts' : placeOfAlert(alert),
    canBeAcknowledged: !isBundle && consult !== null && mayAcknowledge(alert, consult, directory, now),
    sentAt: now,
  };
}
