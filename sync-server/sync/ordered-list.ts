/** What stands in an `OrderedList`: ordered by `order`, then by `id`; the two never change while it stands there. */
export interface Ordered {
  readonly id: string;
  order: number;
}

export const compareOrdered = (aOrder: number, aId: string, bOrder: number, bId: string): number =>
  aOrder !== bOrder ? aOrder - bOrder : aId < bId ? -1 : aId > bId ? 1 : 0;

/**
 * A list that is always in order when it is read. While `loading`, entries are only gathered, and sorted once at the first read:
 * putting 100,000 entries in their places one by one would move half the list each time.
 */
export class OrderedList<E extends Ordered> {
  private items: E[] = [];
  private sorted = true;

  get size(): number {
    return this.items.length;
  }

  add(entry: E, loading: boolean): void {
    if (loading) {
      this.items.push(entry);
      this.sorted = false;
      return;
    }
    this.items.splice(this.placeAfter(entry.order, entry.id), 0, entry);
  }

  remove(entry: E): void {
    if (!this.sorted) {
      const at = this.items.indexOf(entry);
      if (at >= 0) this.items.splice(at, 1);
      return;
    }
    const at = this.placeAfter(entry.order, entry.id) - 1;
    if (this.items[at] === entry) this.items.splice(at, 1);
  }

  at(index: number): E | undefined {
    this.sort();
    return this.items[index];
  }

  /** Index of the first entry that stands behind (order, id). */
  placeAfter(order: number, id: string): number {
    this.sort();
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.items[middle];
      if (item !== undefined && compareOrdered(item.order, item.id, order, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sort(): void {
    if (this.sorted) return;
    this.items.sort((a, b) => compareOrdered(a.order, a.id, b.order, b.id));
    this.sorted = true;
  }
}

/** Entries of several lists behind (order, id), in order, each once. */
export function* mergedAfter<E extends Ordered>(
  lists: readonly OrderedList<E>[],
  order: number,
  id: string,
): Generator<E> {
  const places = lists.map((list) => list.placeAfter(order, id));
  let last: E | undefined;
  for (;;) {
    let next: E | undefined;
    let from = -1;
    for (let i = 0; i < lists.length; i++) {
      const candidate = lists[i]?.at(places[i] ?? 0);
      if (candidate === undefined) continue;
      if (next === undefined || compareOrdered(candidate.order, candidate.id, next.order, next.id) < 0) {
        next = candidate;
        from = i;
      }
    }
    if (next === undefined) return;
    places[from] = (places[from] ?? 0) + 1;
    if (next !== last) yield next;
    last = next;
  }
}
