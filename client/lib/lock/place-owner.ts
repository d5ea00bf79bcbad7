import type { PersonId } from '#shared/lib/id.ts';

/** What outlives a reload of this window and nothing more, such as `sessionStorage`. */
export interface WindowStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const ownerKey = 'hc-place-of';

/** Whose screen this window's address shows: the next person on the tablet does not begin where another one stood. */
export interface PlaceOwner {
  /** Where this person's screens begin; null: where the window is. `called`: where a notification leads. */
  pathFor(person: PersonId, called: string | null): string | null;
}

export function createPlaceOwner(store: WindowStore): PlaceOwner {
  return {
    pathFor(person, called) {
      const before = store.getItem(ownerKey);
      store.setItem(ownerKey, person);
      if (called !== null) return called;
      return before === null || before === person ? null : '/';
    },
  };
}
