import { z } from 'zod';
import type { Draft } from './tablet.ts';

/** A few small strings that are written at once, such as `localStorage`. */
export interface JournalStore {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What has been typed and is still on its way into the database: a page may die at any letter. */
export interface DraftJournal {
  /** Writes it before it returns; one entry a draft, the newest. Does nothing where the store is full: the save itself tells. */
  jot(draft: Draft): void;
  /** The database has it: the entry goes, unless a newer one has taken its place. */
  stored(draft: Draft): void;
  remove(id: string): void;
  /** What a page that died left behind; newer than what the database holds. */
  left(): readonly Draft[];
}

const draftSchema = z.object({
  id: z.string(),
  purpose: z.string(),
  fields: z.record(z.string(), z.unknown()),
  changedAt: z.string(),
});

/** Makes an entry unreadable for whoever has no key; the key of the entry goes in, so that it opens in its own place alone. */
export interface TextSeal {
  seal(place: string, text: string): string;
  /** null: it was not sealed here, or not for this place. */
  open(place: string, sealed: string): string | null;
}
const inTheClear: TextSeal = { seal: (_place, text) => text, open: (_place, text) => text };

function parsed(text: string | null): Draft | null {
  if (text === null) return null;
  try {
    const result = draftSchema.safeParse(JSON.parse(text));
    return result.success ? (result.data as Draft) : null;
  } catch {
    // Cut off while it was written: the entry before it is in the database.
    return null;
  }
}

/** One person's journal. It lies as readable as the database does: sealed. */
export function createDraftJournal(
  store: JournalStore,
  person: string,
  texts: TextSeal = inTheClear,
): DraftJournal {
  const prefix = `hc-draft:${person}:`;
  function read(key: string): string | null {
    const held = store.getItem(key);
    // An entry of a build that did not seal yet is JSON; a sealed one never begins so.
    return held === null || held.startsWith('{') ? held : texts.open(key, held);
  }
  return {
    jot(draft) {
      try {
        store.setItem(prefix + draft.id, texts.seal(prefix + draft.id, JSON.stringify(draft)));
      } catch {
        // An older entry would be taken for the newest at the next start.
        store.removeItem(prefix + draft.id);
      }
    },
    stored(draft) {
      const key = prefix + draft.id;
      if (read(key) === JSON.stringify(draft)) store.removeItem(key);
    },
    remove: (id) => store.removeItem(prefix + id),
    left() {
      const keys = Array.from({ length: store.length }, (_, index) => store.key(index));
      return keys.flatMap((key) => (key?.startsWith(prefix) === true ? (parsed(read(key)) ?? []) : []));
    },
  };
}
