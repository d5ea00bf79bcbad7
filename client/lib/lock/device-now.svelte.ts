import { msToInstant, type Instant } from '#shared/lib/instant.ts';

const tickMs = 1_000;

/** The tablet's own time on a locked screen, every second; `onTick` runs with it. */
export class DeviceNow {
  #now = $state<Instant>() as Instant;

  constructor() {
    this.#now = msToInstant(Date.now());
  }

  get now(): Instant {
    return this.#now;
  }

  start(onTick: () => void): () => void {
    const tick = (): void => {
      this.#now = msToInstant(Date.now());
      onTick();
    };
    const timer = setInterval(tick, tickMs);
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') tick();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }
}
