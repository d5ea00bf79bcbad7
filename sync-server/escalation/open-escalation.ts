import type { Logger } from 'pino';
import type { ReadinessCheck } from '#server/ops/health.ts';
import type { Metrics } from '#server/ops/metrics.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Scheduler } from '#server/sync/scheduler.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { msBetween } from '#shared/lib/instant.ts';
import { createAuditor, type Auditor } from './auditor.ts';
import { createEscalationEngine, type EscalationDeps, type EscalationEngine } from './engine.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';
import { createOutsidePing } from './outside-ping.ts';
import { createEscalationWatch, type EscalationWatch } from './watch.ts';

/** Escalation and who watches over it. */
export interface Escalation {
  readonly engine: EscalationEngine;
  readonly auditor: Auditor;
  readonly heartbeat: Heartbeat;
  readonly watch: EscalationWatch;
  readonly check: ReadinessCheck;
  /** Every consult as the feed brings it, each live one once at the start. */
  consider(consult: Consult): void;
  /** Scans and audits from now on. Returns the way to stop. */
  start(scheduler: Scheduler): () => void;
}

/** A look at the earliest due time; nothing is read when nothing is due. */
const scanEveryMs = 250;
const auditEveryMs = 15_000;

export function openEscalation(
  deps: EscalationDeps & {
    readonly store: DocumentStore;
    readonly metrics: Metrics;
    readonly gateway: string;
    /** null: nobody outside is told. */
    readonly heartbeatUrl: string | null;
  },
): Escalation {
  const { clock, logger, metrics, store } = deps;
  const engine = createEscalationEngine(deps);
  const auditor = createAuditor({
    consults: store.database('consults'),
    clock,
    onFound: (consult) => engine.consider(consult),
  });
  const heartbeat = createHeartbeat({ meta: store.database('meta'), clock, gateway: deps.gateway });
  const ping =
    deps.heartbeatUrl === null ? null : createOutsidePing({ url: deps.heartbeatUrl, clock, logger });
  const watch = createEscalationWatch({ auditor, heartbeat, ping, logger });

  metrics.gauge({
    name: 'hc_escalation_lag_seconds',
    help: 'How long the most overdue escalation step has waited for this gateway.',
    read: () => engine.lagSeconds(),
  });
  metrics.gauge({
    name: 'hc_escalation_open_consults',
    help: 'Open consults this gateway watches over.',
    read: () => auditor.openConsults,
  });
  metrics.gauge({
    name: 'hc_escalation_heartbeat_age_seconds',
    help: 'Since any gateway last proved that each open consult has a next step that is not in the past.',
    read: () => msBetween(heartbeat.lastAt(), clock.now()) / 1000,
  });
  metrics.gauge({
    name: 'hc_escalation_watcher_late_seconds',
    help: 'Beyond what is allowed; above 0 nobody may rely on escalation, and every tablet says so.',
    read: () => heartbeat.lateSeconds(),
  });
  if (ping !== null)
    metrics.gauge({
      name: 'hc_outside_ping_failures',
      help: 'Pings to HEARTBEAT_URL that nobody took, since the start.',
      read: () => ping.failures(),
    });

  return {
    engine,
    auditor,
    heartbeat,
    watch,
    check: { name: 'escalation', isReady: () => heartbeat.lateSeconds() === 0 },
    consider(consult) {
      engine.consider(consult);
      auditor.consider(consult);
    },
    start(scheduler) {
      void watch.audit();
      const stops = [
        scheduler.every(scanEveryMs, () => scan(engine, logger)),
        scheduler.every(auditEveryMs, () => void watch.audit()),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function scan(engine: EscalationEngine, logger: Logger): void {
  engine.tick().catch((error: unknown) => logger.error({ err: error }, 'the escalation scan failed'));
}
