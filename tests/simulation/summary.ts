import { faultKinds, type FaultKind } from './faults.ts';
import type { HistoryResult } from './history.ts';

export interface Summary {
  add(result: HistoryResult): void;
  failed(): number;
  /** Kinds of faults that never struck; in a long run that means that they cannot any more. */
  missing(options: { readonly isMemory: boolean }): readonly FaultKind[];
  readonly totals: {
    histories: number;
    events: number;
    requests: number;
    lostForGood: number;
    referenceClashes: number;
    virtualMinutes: number;
  };
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** Only the store in memory can be made to do these. */
const ofMemoryAlone: ReadonlySet<FaultKind> = new Set(['two-leaves', 'feed-repeated']);

export function createSummary(): Summary {
  const totals = {
    histories: 0,
    events: 0,
    requests: 0,
    lostForGood: 0,
    referenceClashes: 0,
    virtualMinutes: 0,
  };
  const faults = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
  let failed = 0;
  return {
    totals,
    faults,
    add(result) {
      totals.histories++;
      totals.events += result.events;
      totals.requests += result.requests;
      totals.lostForGood += result.lostForGood;
      totals.referenceClashes += result.referenceClashes;
      totals.virtualMinutes += result.virtualMinutes;
      for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
      if (result.problems.length > 0) failed++;
    },
    failed: () => failed,
    missing: ({ isMemory }) =>
      faultKinds.filter((kind) => faults.get(kind) === 0 && (isMemory || !ofMemoryAlone.has(kind))),
  };
}

export function summaryLines(summary: Summary, seconds: number): string[] {
  const { totals, faults } = summary;
  return [
    `${String(totals.histories)} histories in ${seconds.toFixed(0)} s (${(totals.histories / seconds).toFixed(2)} a second), ${String(summary.failed())} failed`,
    `${String(totals.events)} events written, ${String(totals.requests)} requests answered, ${String(totals.virtualMinutes)} minutes simulated`,
    `${String(totals.lostForGood)} events lost because a store was set back and nobody held them`,
    `${String(totals.referenceClashes)} references given twice after a store was set back`,
    'faults:',
    ...[...faults].map(([kind, count]) => `  ${kind} ${String(count)}`),
  ];
}
