import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { slotSchema } from '#shared/session/protocol.ts';

/** Whose outbox to send and with which session. */
export interface OutboxTag {
  readonly person: PersonId;
  readonly slot: number;
  /** Which of their databases is in use. */
  readonly generation: number;
}

/** The background-sync tag, kept by the browser while the app is closed; a worker reads no localStorage, so all it needs stands in it. */
export const outboxTag = ({ person, slot, generation }: OutboxTag): string =>
  `outbox:${String(slot)}:${person}${generation === 0 ? '' : `:${String(generation)}`}`;

/** null: not one of ours. */
export function readOutboxTag(tag: string): OutboxTag | null {
  const [, slotText, personText, generationText] = /^outbox:(\d):([^:]+)(?::(\d{1,6}))?$/.exec(tag) ?? [];
  const slot = slotSchema.safeParse(Number(slotText ?? NaN));
  const person = personIdSchema.safeParse(personText);
  const generation = Number(generationText ?? 0);
  return slot.success && person.success ? { slot: slot.data, person: person.data, generation } : null;
}

/** Held (shared) by each window of this person that a person looks at: it sends by itself, and the worker need not wake up for it. */
export const attendedLock = (person: string): string => `hc-attended:${person}`;
