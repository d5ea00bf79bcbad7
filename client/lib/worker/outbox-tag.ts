import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { slotSchema } from '#shared/session/protocol.ts';

/** Whose outbox to send and with which session. */
export interface OutboxTag {
  readonly person: PersonId;
  readonly slot: number;
}

/** The background-sync tag, kept by the browser while the app is closed; a worker reads no localStorage, so all it needs stands in it. */
export const outboxTag = ({ person, slot }: OutboxTag): string => `outbox:${String(slot)}:${person}`;

/** null: not one of ours. */
export function readOutboxTag(tag: string): OutboxTag | null {
  const [, slotText, personText] = /^outbox:(\d):(.+)$/.exec(tag) ?? [];
  const slot = slotSchema.safeParse(Number(slotText ?? NaN));
  const person = personIdSchema.safeParse(personText);
  return slot.success && person.success ? { slot: slot.data, person: person.data } : null;
}

/** Held (shared) by each window of this person that a person looks at: it sends by itself, and the worker need not wake up for it. */
export const attendedLock = (person: string): string => `hc-attended:${person}`;
