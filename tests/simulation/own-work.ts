/** Longer ones are somebody's patience, which virtual time does not wait for. */
const shortMs = 50;

/** What this thread still has to do by itself, without a word from outside. */
export interface OwnWork {
  /** Resolves when no turn, short timer or cipher is under way and none follows. */
  rest(): Promise<void>;
}

/**
 * Counts turns, short timers and ciphers from here on: IndexedDB and RxDB do all they do through these. To be called before those are
 * loaded.
 */
export function countOwnWork(): OwnWork {
  const { setTimeout, clearTimeout, setImmediate, clearImmediate, crypto } = globalThis;
  const timers = new Set<unknown>();
  const turns = new Set<unknown>();
  let ciphers = 0;
  let begun = 0;

  const countedTimeout = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): unknown => {
    if (delayMs > shortMs) return setTimeout(run, delayMs, ...args);
    begun++;
    const timer = setTimeout(() => {
      timers.delete(timer);
      run(...args);
    }, delayMs);
    timers.add(timer);
    return timer;
  };
  const countedImmediate = (run: (...args: unknown[]) => void, ...args: unknown[]): unknown => {
    begun++;
    const turn = setImmediate(() => {
      turns.delete(turn);
      run(...args);
    });
    turns.add(turn);
    return turn;
  };
  globalThis.setTimeout = Object.assign(countedTimeout, setTimeout) as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    clearTimeout(timer);
  };
  Reflect.set(globalThis, 'setImmediate', countedImmediate);
  globalThis.clearImmediate = (turn) => {
    turns.delete(turn);
    clearImmediate(turn);
  };
  const { subtle } = crypto;
  const counted = ['digest', 'encrypt', 'decrypt', 'importKey', 'deriveKey', 'deriveBits', 'sign'] as const;
  for (const name of counted) {
    const cipher = Reflect.get(subtle, name) as (...args: readonly unknown[]) => Promise<unknown>;
    const replacement = async (...args: unknown[]): Promise<unknown> => {
      begun++;
      ciphers++;
      try {
        return await Reflect.apply(cipher, subtle, args);
      } finally {
        ciphers--;
      }
    };
    Object.defineProperty(subtle, name, { value: replacement, configurable: true });
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve()));
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(() => resolve(), 1));
  return {
    async rest() {
      for (let quiet = 0; quiet < 2;) {
        const before = begun;
        await (timers.size > 0 && turns.size === 0 && ciphers === 0 ? tick() : turn());
        const isQuiet = begun === before && timers.size === 0 && turns.size === 0 && ciphers === 0;
        quiet = isQuiet ? quiet + 1 : 0;
      }
    },
  };
}
