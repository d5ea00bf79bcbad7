import { isStamped, type HeldEvent } from '#shared/event/envelope.ts';
import { setAsidePrefix, isSetAside, type SetAside } from '$lib/sync/push-loop.ts';
import { inOrderOfWriting } from '$lib/sync/push-batch.ts';
import type { LocalEvents } from './record-book.ts';
import type { Delivery, OutboxItem } from './tablet.ts';

export function setAsideNotes(notes: ReadonlyMap<string, unknown>): readonly SetAside[] {
  return [...notes].flatMap(([key, value]) =>
    key.startsWith(setAsidePrefix) && isSetAside(value) ? [value] : [],
  );
}

/** From stamps, push outcomes and receipts alone: nothing is at the server because it was sent. */
export function deliveryOf(
  event: HeldEvent,
  local: LocalEvents,
  notes: ReadonlyMap<string, unknown>,
): Delivery {
  if (isStamped(event)) return { state: 'at-the-server', at: event.receivedAt };
  const noted = notes.get(setAsidePrefix + event.id);
  if (isSetAside(noted)) return noted.outcome;
  const accepted = local.entry(event.id)?.accepted ?? null;
  if (accepted !== null) return { state: 'at-the-server', at: accepted.receivedAt };
  return { state: 'on-this-tablet', since: event.occurredAt };
}

/** What waits, then what was refused or set aside and not dismissed. */
export function outboxItems(
  local: LocalEvents,
  notes: ReadonlyMap<string, unknown>,
  attemptsOf: (event: string) => number,
): readonly OutboxItem[] {
  const waiting = inOrderOfWriting(local.entries()).map((entry): OutboxItem => ({
    event: entry.event,
    document: entry.kind,
    delivery: deliveryOf(entry.event, local, notes),
    attempts: attemptsOf(entry.id),
  }));
  const aside = setAsideNotes(notes)
    .filter((note) => !note.dismissed)
    .map((note): OutboxItem => ({
      event: note.event,
      document: note.kind,
      delivery: note.outcome,
      attempts: attemptsOf(note.event.id),
    }));
  return [...waiting, ...aside];
}
