import { msBetween, type Clock } from '#shared/lib/instant.ts';

/** Whether escalation is being done: the scan must come back, and must not be behind. */
export interface EscalationWatch {
  /** A scan ended; `lagSeconds` is what it left undone. */
  scanned(lagSeconds: number): void;
  /** Seconds beyond what is allowed; 0 when all is well. Tablets show it. */
  lateSeconds(): number;
}

/** Within two minutes everyone must know (ALE-7); half of it is left for the way to the tablets. */
export const allowedLagSeconds = 60;

export function createEscalationWatch(clock: Clock): EscalationWatch {
  let scannedAt = clock.now();
  let lagAtScan = 0;
  return {
    scanned(lagSeconds) {
      scannedAt = clock.now();
      lagAtScan = lagSeconds;
    },
    lateSeconds() {
      const silence = msBetween(scannedAt, clock.now()) / 1000;
      return Math.max(0, Math.round(silence + lagAtScan - allowedLagSeconds));
    },
  };
}
