import type { ConsultId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** Due times of consults, earliest first: a binary heap whose stale entries are skipped when they surface. */
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

export function createDueQueue<Id extends string = ConsultId>(): DueQueue<Id> {
  const current = new Map<Id, Instant>();
  let heap: DueEntry<Id>[] = [];

  const at = (index: number): DueEntry<Id> => {
    const entry = heap[index];
    if (entry === undefined) throw new Error('heap index out of range');
    return entry;
  };
  const swap = (a: number, b: number): void => {
    const held = at(a);
    heap[a] = at(b);
    heap[b] = held;
  };
  const push = (entry: DueEntry<Id>): void => {
    heap.push(entry);
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (at(parent).dueAt <= at(index).dueAt) return;
      swap(parent, index);
      index = parent;
    }
  };
  const pop = (): void => {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && at(child).dueAt < at(least).dueAt) least = child;
      }
      if (least === index) return;
      swap(least, index);
      index = least;
    }
  };
  const isCurrent = (entry: DueEntry<Id>): boolean => current.get(entry.id) === entry.dueAt;
  const dropStale = (): void => {
    for (let top = heap[0]; top !== undefined && !isCurrent(top); top = heap[0]) pop();
  };

  return {
    set(id, dueAt) {
      if (current.get(id) === (dueAt ?? undefined)) return;
      if (dueAt === null) current.delete(id);
      else {
        current.set(id, dueAt);
        push({ id, dueAt });
      }
      // Entries change often and far entries never surface: rebuild before the dead outnumber the living.
      if (heap.length > 2 * current.size + 1024) {
        heap = [];
        for (const [live, liveDueAt] of current) push({ id: live, dueAt: liveDueAt });
      }
    },
    dueAt(now) {
      const due = new Map<Id, DueEntry<Id>>();
      dropStale();
      for (let top = heap[0]; top !== undefined && top.dueAt <= now; top = heap[0]) {
        due.set(top.id, top);
        pop();
        dropStale();
      }
      for (const entry of due.values()) push(entry);
      return [...due.keys()];
    },
    take(now, most) {
      const taken: DueEntry<Id>[] = [];
      dropStale();
      for (let top = heap[0]; top !== undefined && top.dueAt <= now && taken.length < most; top = heap[0]) {
        taken.push(top);
        current.delete(top.id);
        pop();
        dropStale();
      }
      return taken;
    },
    next() {
      dropStale();
      return heap[0]?.dueAt ?? null;
    },
    get size() {
      return current.size;
    },
  };
}
