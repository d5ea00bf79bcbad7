import { systemScheduler, type Scheduler } from '#server/sync/scheduler.ts';
import { createClockCheck, type Monotonic } from './clock-check.ts';
import type { OpenModule } from './server-module.ts';
import type { StoreClock } from './store-clock.ts';

const lookEveryMs = 10_000;

/** Looks after this machine's clock; a wrong one is shown in health and metrics, and never a reason to turn tablets away. */
export function clockModule(options: {
  readonly monotonic: Monotonic;
  /** null: the store is in this process. */
  readonly storeClock: StoreClock | null;
  readonly scheduler?: Scheduler;
}): OpenModule {
  return ({ clock, logger, metrics }) => {
    const check = createClockCheck({ ...options, clock, logger });
    metrics.gauge({
      name: 'hc_clock_jump_seconds',
      help: 'The largest step by which this machine’s clock was set in the last ten minutes.',
      read: () => check.jumpSeconds(),
    });
    metrics.gauge({
      name: 'hc_clock_offset_seconds',
      help: 'The clock of this machine less that of the store.',
      read: () => check.offsetSeconds(),
    });
    void check.look();
    const stop = (options.scheduler ?? systemScheduler).every(lookEveryMs, () => void check.look());
    return {
      checks: [{ name: 'clock', isReady: () => check.state() === 'steady', isAdvice: true }],
      close() {
        stop();
        return Promise.resolve();
      },
    };
  };
}
