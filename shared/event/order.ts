import { isStamped, type HeldEvent } from './envelope.ts';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The one total order of events: acceptance (`n`), then cause (`lamport`), then id; events without stamps last.
 * No clock has a say.
 */
export function compareEvents(a: HeldEvent, b: HeldEvent): number {
  const aStamped = isStamped(a);
  const bStamped = isStamped(b);
  if (aStamped !== bStamped) return aStamped ? -1 : 1;
  if (aStamped && bStamped && a.n !== b.n) return a.n - b.n;
  if (a.lamport !== b.lamport) return a.lamport - b.lamport;
  return compareText(a.id, b.id);
}

export const inOrder = <E extends HeldEvent>(events: readonly E[]): E[] => [...events].sort(compareEvents);
