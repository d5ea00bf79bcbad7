import type { Instant } from '#shared/lib/instant.ts';

/** How often the screens' idea of now moves. */
const tickMs = 1_000;
/** Minutes on cards need no more than this. */
const slowTicks = 5;

/**
 * Now, for screens. `second` moves every second and is for the emergency alarm alone; `now` every five, for everything else.
 * Both move at once when the app comes back to the foreground, where timers may have slept.
 */
export class Ticker {
  #second = $state<Instant>() as Instant;
  #slow = $state<Instant>() as Instant;
  readonly #read: () => Instant;

  constructor(read: () => Instant) {
    this.#read = read;
    const now = read();
    this.#second = now;
    this.#slow = now;
  }

  get now(): Instant {
    return this.#slow;
  }

  get second(): Instant {
    return this.#second;
  }

  /** Starts moving; the answer stops it. */
  start(): () => void {
    let ticks = 0;
    const all = (): void => {
      const now = this.#read();
      this.#second = now;
      this.#slow = now;
    };
    const timer = setInterval(() => {
      ticks += 1;
      const now = this.#read();
      this.#second = now;
      if (ticks % slowTicks === 0) this.#slow = now;
    }, tickMs);
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') all();
    };
    document.addEventListener('visibilitychange', onVisible);
    all();
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }
}
