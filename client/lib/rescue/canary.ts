import { z } from 'zod';
import type { SmallStore } from '$lib/session/people-here.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';

const shadowSchema = z.object({
  id: z.string(),
  /** Acts that waited when it was last written. */
  unsent: z.int().min(0),
});

/** What the browser threw away, in the settings of the database that stands in its place. */
export const evictionSchema = z.object({
  /** Acts that waited to be sent; null: nobody knows. */
  unsent: z.int().min(0).nullable(),
  seen: z.boolean(),
});
export type Eviction = z.infer<typeof evictionSchema>;
export const evictedSetting = 'evicted';

const note = 'canary';
const shadowKey = (person: string, generation: number): string => `hc-canary:${person}:${String(generation)}`;

/** `unsent` of what was thrown away: null when nobody knows. */
export type Found =
  | { readonly is: 'new' }
  | { readonly is: 'here' }
  | { readonly is: 'evicted'; readonly unsent: number | null };

/**
 * A mark in a person's database and its shadow in another store of the browser. A shadow without its mark: the database that was here is gone,
 * and the one that opened is a new, empty one.
 */
export interface Canary {
  /** Looks, says in the settings what was lost, and marks what is here now. */
  look(): Promise<Found>;
  /** So many acts wait, in case the database is gone at the next start. */
  waiting(unsent: number): void;
}

export function createCanary(parts: {
  readonly store: Pick<TabletStore, 'note' | 'putNote'>;
  readonly local: SmallStore;
  readonly person: string;
  readonly generation: number;
  readonly newId: () => string;
}): Canary {
  const { store, local } = parts;
  const key = shadowKey(parts.person, parts.generation);
  let id: string | null = null;

  function shadow(): z.infer<typeof shadowSchema> | null {
    const text = local.getItem(key);
    if (text === null) return null;
    try {
      const parsed = shadowSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : null;
    } catch {
      // Not JSON: as good as not there.
      return null;
    }
  }
  function cast(unsent: number): void {
    if (id === null) return;
    try {
      local.setItem(key, JSON.stringify({ id, unsent }));
    } catch {
      // Full: an older shadow says as much as it can.
    }
  }

  return {
    async look() {
      const before = shadow();
      const mark = await store.note(note);
      if (typeof mark === 'string') {
        id = mark;
        // The other store may have been cleared alone: then the mark casts a new one.
        if (before?.id !== mark) cast(0);
        return { is: 'here' };
      }
      const isEvicted = local.getItem(key) !== null;
      if (isEvicted) {
        const told: Eviction = { unsent: before?.unsent ?? null, seen: false };
        await store.putNote(`setting:${evictedSetting}`, told);
      }
      id = parts.newId();
      // The mark first: a shadow alone would be an alarm about nothing.
      const marked = await store.putNote(note, id);
      if (marked.ok) cast(0);
      return isEvicted ? { is: 'evicted', unsent: before?.unsent ?? null } : { is: 'new' };
    },
    waiting: cast,
  };
}
