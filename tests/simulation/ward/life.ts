/** One running page of the app, from its start to the moment the browser or the battery ends it. */
export interface Life {
  isOver(): boolean;
  /** Does it, and is never heard of again where the page ended meanwhile. */
  ask<T>(work: () => Promise<T>): Promise<T>;
  whileAlive<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void;
  /** To be let go of when the page ends, as a browser does. */
  onEnd(run: () => void): void;
  end(): void;
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** `pause`: what one step of the storage takes. */
export function createLife(pause: () => Promise<void>): Life {
  const ends: (() => void)[] = [];
  let over = false;
  const isOver = (): boolean => over;
  return {
    isOver,
    async ask(work) {
      if (isOver()) return never();
      await pause();
      if (isOver()) return never();
      const answer = await work().catch((error: unknown) => {
        if (isOver()) return never<never>();
        throw error;
      });
      return isOver() ? never() : answer;
    },
    whileAlive:
      (run) =>
      (...args) => {
        if (!isOver()) run(...args);
      },
    onEnd: (run) => void ends.push(run),
    end() {
      if (over) return;
      over = true;
      for (const run of ends) run();
    },
  };
}

/** All methods of a store, each asked of a living page alone. */
export function ofLife<T extends object>(life: Life, store: T, names: readonly (keyof T)[]): T {
  const asked: Partial<T> = {};
  for (const name of names) {
    const method = store[name] as (...args: unknown[]) => Promise<unknown>;
    asked[name] = ((...args: unknown[]) => life.ask(() => method(...args))) as T[keyof T];
  }
  return { ...store, ...asked };
}
