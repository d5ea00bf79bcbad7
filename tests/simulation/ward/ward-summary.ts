import { happeningKinds, type Happening } from './happenings.ts';
import type { WardResult } from './ward-history.ts';

export interface WardSummary {
  add(result: WardResult): void;
  failed(): number;
  /** What never happened; in a long run that means that it cannot any more. */
  missing(): readonly Happening[];
  readonly totals: {
    histories: number;
    events: number;
    files: number;
    requests: number;
    lost: number;
    quarantined: number;
    virtualMinutes: number;
  };
  readonly happenings: ReadonlyMap<Happening, number>;
}

export function createWardSummary(): WardSummary {
  const totals = {
    histories: 0,
    events: 0,
    files: 0,
    requests: 0,
    lost: 0,
    quarantined: 0,
    virtualMinutes: 0,
  };
  const happenings = new Map<Happening, number>(happeningKinds.map((kind) => [kind, 0]));
  let failed = 0;
  return {
    totals,
    happenings,
    add(result) {
      totals.histories++;
      for (const name of ['events', 'files', 'requests', 'lost', 'quarantined', 'virtualMinutes'] as const)
        totals[name] += result[name];
      for (const [kind, count] of result.happenings)
        happenings.set(kind, (happenings.get(kind) ?? 0) + count);
      if (result.problems.length > 0) failed++;
    },
    failed: () => failed,
    missing: () => happeningKinds.filter((kind) => happenings.get(kind) === 0),
  };
}

export function wardSummaryLines(summary: WardSummary): string[] {
  const { totals, happenings } = summary;
  return [
    `wards: ${String(totals.histories)} histories, ${String(summary.failed())} failed`,
    `${String(totals.events)} events and ${String(totals.files)} files written, ${String(totals.requests)} requests answered, ${String(totals.virtualMinutes)} minutes simulated`,
    `${String(totals.quarantined)} events quarantined, ${String(totals.lost)} lost with their tablet, which said so`,
    'what happened:',
    ...[...happenings].map(([kind, count]) => `  ${kind} ${String(count)}`),
  ];
}
