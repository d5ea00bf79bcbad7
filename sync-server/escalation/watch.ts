import type { Logger } from 'pino';
import type { Auditor, AuditVerdict } from './auditor.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { OutsidePing } from './outside-ping.ts';

/** Watches the watcher: audits, and only after a good audit refreshes the heartbeat and pings outside. */
export interface EscalationWatch {
  /** To be called regularly; one that still runs is waited for. Never rejects. */
  audit(): Promise<void>;
  /** Resolves when no audit is under way. */
  idle(): Promise<void>;
  /** Seconds that the heartbeat is beyond what is allowed; 0 when all is well. */
  lateSeconds(): number;
  /** null before the first audit, and when the last one could not be made. */
  lastVerdict(): AuditVerdict | null;
}

export function createEscalationWatch(deps: {
  readonly auditor: Auditor;
  readonly heartbeat: Heartbeat;
  /** null: nobody outside is told. */
  readonly ping: OutsidePing | null;
  readonly logger: Logger;
}): EscalationWatch {
  const { auditor, heartbeat, ping, logger } = deps;
  let verdict: AuditVerdict | null = null;
  let running: Promise<void> | null = null;

  async function audit(): Promise<void> {
    try {
      verdict = await auditor.audit();
      if (verdict.type === 'good') {
        await heartbeat.beat();
        await ping?.ping();
        return;
      }
      logger.error({ verdict }, 'escalation cannot be proven to be done');
    } catch (cause) {
      verdict = null;
      logger.error({ err: cause }, 'escalation could not be audited');
    }
    try {
      // Another gateway may have proven it.
      await heartbeat.read();
    } catch (cause) {
      logger.warn({ err: cause }, 'the heartbeat could not be read');
    }
  }

  return {
    audit: () => (running ??= audit().finally(() => (running = null))),
    idle: () => running ?? Promise.resolve(),
    lateSeconds: () => heartbeat.lateSeconds(),
    lastVerdict: () => verdict,
  };
}
