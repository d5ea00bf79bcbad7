import type { Logger } from 'pino';
import { instantToMs, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { StoreClock } from './store-clock.ts';

/** Milliseconds that only ever grow and that nobody sets, such as `performance.now()`. */
export type Monotonic = () => number;

/**
 * - `steady`: the wall clock goes as the monotonic one does, and as the store's where there is one.
 * - `jumped`: it was set by more than a little within the last ten minutes: what fell due in between may come early or late.
 * - `apart`: this machine and the store's do not agree: two gateways may not agree either.
 */
export type ClockState = 'steady' | 'jumped' | 'apart';

/** Row 51 of the failure modes: due times are only as right as the server's clock. */
export interface ClockCheck {
  /** To be called regularly. Never rejects: a store that cannot be asked is noticed elsewhere. */
  look(): Promise<void>;
  state(): ClockState;
  /** The largest jump of the last ten minutes, forward positive; 0 for none. */
  jumpSeconds(): number;
  /** This machine's clock less the store's, as far as it was measured; 0 without a store on another machine. */
  offsetSeconds(): number;
}

/** Between two looks; slewing by NTP stays far below it. */
const allowedJumpMs = 2_000;
/** The store's clock comes in whole seconds and over a network. */
const allowedOffsetMs = 5_000;
const rememberedMs = 10 * 60_000;

export function createClockCheck(deps: {
  readonly clock: Clock;
  readonly monotonic: Monotonic;
  /** null: the store is in this process. */
  readonly storeClock: StoreClock | null;
  readonly logger: Logger;
}): ClockCheck {
  const { clock, monotonic, storeClock, logger } = deps;
  let wall: Instant = clock.now();
  let steady = monotonic();
  let jump: { ms: number; at: number } | null = null;
  let offsetMs = 0;

  function compareWithMonotonic(): void {
    const [nowWall, nowSteady] = [clock.now(), monotonic()];
    const jumpedMs = instantToMs(nowWall) - instantToMs(wall) - (nowSteady - steady);
    if (jump !== null && nowSteady - jump.at > rememberedMs) jump = null;
    if (Math.abs(jumpedMs) > allowedJumpMs) {
      logger.error({ jumpedMs: Math.round(jumpedMs) }, 'the clock of this machine was set');
      if (jump === null || Math.abs(jumpedMs) >= Math.abs(jump.ms)) jump = { ms: jumpedMs, at: nowSteady };
    }
    wall = nowWall;
    steady = nowSteady;
  }

  async function compareWithStore(): Promise<void> {
    if (storeClock === null) return;
    const begun = monotonic();
    const storeAt = await storeClock();
    const tookMs = monotonic() - begun;
    // An answer that took long says little.
    if (storeAt === null || tookMs > allowedOffsetMs) return;
    const before = Math.abs(offsetMs) > allowedOffsetMs;
    // Its second was cut off: on average half of one.
    offsetMs = instantToMs(clock.now()) - tookMs / 2 - (instantToMs(storeAt) + 500);
    if (Math.abs(offsetMs) > allowedOffsetMs && !before)
      logger.error(
        { offsetMs: Math.round(offsetMs) },
        'the clocks of this machine and of the store do not agree',
      );
  }

  return {
    async look() {
      compareWithMonotonic();
      try {
        await compareWithStore();
      } catch (cause) {
        logger.warn({ err: cause }, 'the clock of the store could not be read');
      }
    },
    state: () => (jump !== null ? 'jumped' : Math.abs(offsetMs) > allowedOffsetMs ? 'apart' : 'steady'),
    jumpSeconds: () => (jump === null ? 0 : jump.ms / 1000),
    offsetSeconds: () => offsetMs / 1000,
  };
}
