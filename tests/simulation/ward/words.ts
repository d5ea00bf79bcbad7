import { canonicalEvent } from '#shared/event/canonical.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';

/** One thing a person wrote, and where. */
export interface Word {
  readonly id: string;
  readonly event: HeldEvent;
  readonly bytes: string;
  readonly person: PersonId;
  readonly tablet: number;
  /** Grows each time the tablet loses everything. */
  readonly incarnation: number;
  /** The storage has said that it has it. */
  isSaved: boolean;
}

/** A half-written note: it never leaves its tablet. */
export interface HalfWritten {
  readonly id: string;
  readonly text: string;
  readonly person: PersonId;
  readonly tablet: number;
  readonly incarnation: number;
}

/** Every word ever typed. */
export interface WordBook {
  wrote(at: { tablet: number; incarnation: number }, entry: OutboxEntry, step: 'tried' | 'saved'): void;
  jotted(draft: HalfWritten): void;
  forget(draft: string): void;
  all(): readonly Word[];
  find(id: string): Word | undefined;
  drafts(): readonly HalfWritten[];
}

export function createWordBook(): WordBook {
  const words = new Map<string, Word>();
  const drafts = new Map<string, HalfWritten>();
  return {
    wrote({ tablet, incarnation }, entry, step) {
      const known = words.get(entry.id);
      if (known === undefined) {
        const { id, event } = entry;
        const person = event.author as PersonId;
        const bytes = canonicalEvent(event);
        words.set(id, { id, event, bytes, person, tablet, incarnation, isSaved: step === 'saved' });
      } else if (step === 'saved') known.isSaved = true;
    },
    jotted: (draft) => void drafts.set(draft.id, draft),
    forget: (draft) => void drafts.delete(draft),
    all: () => [...words.values()],
    find: (id) => words.get(id),
    drafts: () => [...drafts.values()],
  };
}
