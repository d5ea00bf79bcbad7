/** What a list shows now, and how many wait to be let in. */
export interface StableOrder {
  readonly shown: readonly string[];
  /** Keys that belong to the list but are not drawn until the reader lets them in. */
  readonly arrived: readonly string[];
}

/**
 * The order to draw. While the list is `held` (a finger is on it, it is scrolled, something in it has the focus) no row moves:
 * what is shown stays where it is, even when it has left the list, and what is new waits in `arrived`.
 * Otherwise the fresh order is taken whole. `known` says which keys can still be drawn at all.
 */
export function nextOrder(
  before: StableOrder,
  fresh: readonly string[],
  held: boolean,
  known: (key: string) => boolean,
): StableOrder {
  if (!held || before.shown.length === 0) return { shown: fresh, arrived: [] };
  const shown = before.shown.filter(known);
  const drawn = new Set(shown);
  return { shown, arrived: fresh.filter((key) => !drawn.has(key)) };
}
