/** Longer ones are somebody's patience, which virtual time does not wait for. */
const shortMs = 50;

/** What this thread still has to do by itself, without a word from outside. */
export interface OwnWork {
  /** Resolves when no turn, short timer or cipher is under way and none follows. */
  rest(): Promise<void>;
  /** Counts nothing more; all is as it was. */
  end(): void;
}

export interface OwnWorkOptions {
  /**
   * Ciphers end in the order they began, and no turn or timer comes before they have: real threads do them, each time in another order,
   * and a seed would tell another story.
   */
  readonly inOrder?: boolean;
}

/**
 * Counts turns, short timers and ciphers from here on: IndexedDB and RxDB do all they do through these. To be called before those are
 * loaded.
 */
export function countOwnWork({ inOrder = false }: OwnWorkOptions = {}): OwnWork {
  const { setTimeout, clearTimeout, setImmediate, clearImmediate, crypto } = globalThis;
  const timers = new Set<unknown>();
  const turns = new Set<unknown>();
  let ciphers = 0;
  let begun = 0;

  const countedTimeout = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): unknown => {
    if (delayMs > shortMs) return setTimeout(run, delayMs, ...args);
    begun++;
    const due = (): void => {
      if (inOrder && ciphers > 0 && timers.has(timer)) setImmediate(due);
      else if (timers.delete(timer) || !inOrder) run(...args);
    };
    const timer = setTimeout(due, delayMs);
    timers.add(timer);
    return timer;
  };
  const countedImmediate = (run: (...args: unknown[]) => void, ...args: unknown[]): unknown => {
    begun++;
    const due = (): void => {
      // Cleared while it waited for a cipher.
      if (!turns.has(turn)) return;
      if (inOrder && ciphers > 0) setImmediate(due);
      else {
        turns.delete(turn);
        run(...args);
      }
    };
    const turn = setImmediate(due);
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
  const counted = [
    'digest',
    'encrypt',
    'decrypt',
    'importKey',
    'exportKey',
    'generateKey',
    'deriveKey',
    'deriveBits',
    'wrapKey',
    'unwrapKey',
    'sign',
    'verify',
  ] as const;
  const undo: (() => void)[] = [];
  let before: Promise<unknown> = Promise.resolve();
  function countCalls(owner: object, name: string): void {
    const cipher = Reflect.get(owner, name) as (...args: readonly unknown[]) => Promise<unknown>;
    async function count(...args: unknown[]): Promise<unknown> {
      begun++;
      ciphers++;
      const call = (): Promise<unknown> => Reflect.apply(cipher, owner, args);
      const work = inOrder ? before.then(call) : call();
      if (inOrder) before = work.catch(() => undefined);
      try {
        return await work;
      } finally {
        ciphers--;
      }
    }
    const plain = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value: count, configurable: true, writable: true });
    undo.push(() => {
      if (plain === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, plain);
    });
  }
  for (const name of counted) countCalls(subtle, name);
  // The server's password hash.
  if (inOrder) for (const name of ['compile', 'instantiate']) countCalls(WebAssembly, name);

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve()));
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(() => resolve(), 1));
  return {
    end() {
      Object.assign(globalThis, { setTimeout, clearTimeout, clearImmediate });
      Reflect.set(globalThis, 'setImmediate', setImmediate);
      for (const each of undo) each();
    },
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
