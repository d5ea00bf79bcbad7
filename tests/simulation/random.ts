/** Chance that is the same for the same seed on every machine. */
export interface Chance {
  /** 0 ≤ value < 1. */
  next(): number;
  /** Whole numbers from `from` to `to`, both included. */
  int(from: number, to: number): number;
  yes(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A UUID version 4 in lower case. */
  uuid(): string;
  /** Another stream, so that drawing more here changes nothing there. */
  fork(name: string): Chance;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Mulberry32 (Tommy Ettinger, public domain). */
export function createChance(seed: string): Chance {
  let state = hashOf(seed) ^ Math.imul(seed.length + 1, 0x9e3779b1);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join('');
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    yes: (share) => next() < share,
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(next() * 4)] ?? '8'}${hex(3)}-${hex(12)}`,
    fork: (name) => createChance(`${seed}/${name}`),
  };
}
