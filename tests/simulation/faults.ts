import type { Chance } from './random.ts';

/** Everything that goes wrong in a history, by name. A kind that never strikes in a whole run is a failure of the simulation. */
export const faultKinds = [
  // between tablet and gateway
  'request-lost',
  'answer-lost',
  'answer-slow',
  'request-doubled',
  'captive-portal',
  'signed-out',
  'too-large',
  'server-error',
  'answer-cut',
  'stream-cut',
  'stream-message-lost',
  'partition',
  'gateway-switched',
  // on the tablet
  'tablet-killed',
  'page-not-written',
  'storage-full',
  'storage-slow',
  'clock-wrong',
  'clock-jumped',
  'clock-drifts',
  // at a gateway
  'gateway-restarted',
  'gateway-killed',
  'index-cold',
  'index-saved',
  'feed-late',
  'store-away',
  'write-unknown',
  // in the store
  'two-leaves',
  'feed-repeated',
  'store-restored',
  'store-set-back',
  // people
  'scope-moved',
  'person-deactivated',
  'forbidden-act',
  'malformed-act',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Shares of opportunities at which a kind strikes; some histories are calm where others are wild. */
const usualShares: Readonly<Partial<Record<FaultKind, number>>> = {
  'request-lost': 0.02,
  'answer-lost': 0.03,
  'answer-slow': 0.03,
  'request-doubled': 0.02,
  'captive-portal': 0.01,
  'signed-out': 0.005,
  'too-large': 0.05,
  'server-error': 0.02,
  'answer-cut': 0.01,
  'stream-cut': 0.01,
  'stream-message-lost': 0.02,
  'feed-late': 0.2,
  'store-away': 0.001,
  'write-unknown': 0.02,
  'two-leaves': 0.3,
  'feed-repeated': 0.05,
  'forbidden-act': 0.06,
  'malformed-act': 0.04,
};

export type FaultCounts = Map<FaultKind, number>;

export interface Weather {
  /** Draws whether it strikes here and now, and counts it. Never, once the sky has cleared. */
  strikes(kind: FaultKind): boolean;
  /** Counts what was decided elsewhere. */
  struck(kind: FaultKind): void;
  /** From here on nothing more goes wrong. */
  clear(): void;
  readonly isClear: () => boolean;
  readonly counts: FaultCounts;
}

export function createWeather(chance: Chance): Weather {
  const shares = new Map<FaultKind, number>();
  for (const kind of faultKinds) shares.set(kind, (usualShares[kind] ?? 0) * chance.pick([0, 0.5, 1, 1, 3]));
  const counts: FaultCounts = new Map();
  let isClear = false;
  const struck = (kind: FaultKind): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return {
    strikes(kind) {
      if (!chance.yes(shares.get(kind) ?? 0) || isClear) return false;
      struck(kind);
      return true;
    },
    struck,
    clear() {
      isClear = true;
    },
    isClear: () => isClear,
    counts,
  };
}
