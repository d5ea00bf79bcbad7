import type { ConsultId } from '#shared/lib/id.ts';
import { instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';

/**
 * Due times of consults, earliest first: a binary heap that knows where each stands. Columns of numbers, for there may be a hundred thousand and more, and each
 * gateway keeps several of these.
 */
export interface DueQueue<Id extends string = ConsultId> {
  /** null takes the consult out. */
  set(id: Id, dueAt: Instant | null): void;
  /** Everything due at or before `now`, earliest first. The consults stay in the queue until `set` again. */
  dueAt(now: Instant): Id[];
  /** Takes out what is due at or before `now`, earliest first, `most` at a time: a long backlog is not gone through at each look. */
  take(now: Instant, most: number): DueEntry<Id>[];
  next(): Instant | null;
  readonly size: number;
}

export interface DueEntry<Id extends string = ConsultId> {
  readonly id: Id;
  readonly dueAt: Instant;
}

const firstSlots = 64;

export function createDueQueue<Id extends string = ConsultId>(): DueQueue<Id> {
  const slotOf = new Map<Id, number>();
  const ids: (Id | undefined)[] = [];
  const free: number[] = [];
  /** By slot: milliseconds since 1970, and the place in the heap. */
  let dueMs = new Float64Array(firstSlots);
  let placeOf = new Int32Array(firstSlots);
  /** Slots, the earliest first. */
  let heap = new Int32Array(firstSlots);
  let count = 0;

  const dueOf = (place: number): number => dueMs[heap[place] ?? 0] ?? 0;
  const put = (place: number, slot: number): void => {
    heap[place] = slot;
    placeOf[slot] = place;
  };
  function widen(): void {
    const wider = Math.ceil(heap.length * 1.5);
    const [dues, places, slots] = [new Float64Array(wider), new Int32Array(wider), new Int32Array(wider)];
    dues.set(dueMs);
    places.set(placeOf);
    slots.set(heap);
    [dueMs, placeOf, heap] = [dues, places, slots];
  }
  function rise(from: number): void {
    const slot = heap[from] ?? 0;
    const due = dueMs[slot] ?? 0;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (dueOf(parent) <= due) break;
      put(place, heap[parent] ?? 0);
      place = parent;
    }
    put(place, slot);
  }
  function sink(from: number): void {
    const slot = heap[from] ?? 0;
    const due = dueMs[slot] ?? 0;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && dueOf(child + 1) < dueOf(child)) child++;
      if (dueOf(child) >= due) break;
      put(place, heap[child] ?? 0);
      place = child;
    }
    put(place, slot);
  }
  const idOf = (slot: number): Id => {
    const id = ids[slot];
    if (id === undefined) throw new Error('a due time of nothing');
    return id;
  };
  function remove(slot: number): void {
    const place = placeOf[slot] ?? 0;
    slotOf.delete(idOf(slot));
    ids[slot] = undefined;
    free.push(slot);
    const last = heap[--count] ?? 0;
    if (last === slot) return;
    put(place, last);
    rise(place);
    sink(placeOf[last] ?? 0);
  }

  return {
    set(id, dueAt) {
      const held = slotOf.get(id);
      if (dueAt === null) {
        if (held !== undefined) remove(held);
        return;
      }
      const ms = instantToMs(dueAt);
      if (held !== undefined) {
        dueMs[held] = ms;
        rise(placeOf[held] ?? 0);
        sink(placeOf[held] ?? 0);
        return;
      }
      const slot = free.pop() ?? ids.length;
      ids[slot] = id;
      slotOf.set(id, slot);
      if (slot >= heap.length) widen();
      dueMs[slot] = ms;
      put(count++, slot);
      rise(count - 1);
    },
    dueAt(now) {
      const nowMs = instantToMs(now);
      const due: number[] = [];
      const places = [0];
      for (let place = places.pop(); place !== undefined; place = places.pop()) {
        if (place >= count || dueOf(place) > nowMs) continue;
        due.push(heap[place] ?? 0);
        places.push(2 * place + 1, 2 * place + 2);
      }
      return due.sort((a, b) => (dueMs[a] ?? 0) - (dueMs[b] ?? 0)).map(idOf);
    },
    take(now, most) {
      const nowMs = instantToMs(now);
      const taken: DueEntry<Id>[] = [];
      while (count > 0 && taken.length < most && dueOf(0) <= nowMs) {
        const slot = heap[0] ?? 0;
        taken.push({ id: idOf(slot), dueAt: msToInstant(dueMs[slot] ?? 0) });
        remove(slot);
      }
      return taken;
    },
    next: () => (count === 0 ? null : msToInstant(dueOf(0))),
    get size() {
      return count;
    },
  };
}
