export type Doing = 'requests' | 'writes';

/** Who did how much since it was last forgotten: names those who keep at something that should have ended. */
export interface Bustle {
  note(doing: Doing, who: string): void;
  forget(): void;
  /** Those above the limit, busiest first, with their counts. */
  above(doing: Doing, limit: number): readonly string[];
}

export function createBustle(): Bustle {
  let counts = new Map<Doing, Map<string, number>>();
  const of = (doing: Doing): Map<string, number> => {
    let held = counts.get(doing);
    if (held === undefined) {
      held = new Map();
      counts.set(doing, held);
    }
    return held;
  };
  return {
    note(doing, who) {
      const held = of(doing);
      held.set(who, (held.get(who) ?? 0) + 1);
    },
    forget() {
      counts = new Map();
    },
    above: (doing, limit) =>
      [...of(doing)]
        .filter(([, count]) => count > limit)
        .sort(([, a], [, b]) => b - a)
        .map(([who, count]) => `${who} (${String(count)} ${doing})`),
  };
}
