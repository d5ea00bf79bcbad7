/** Tells waiting readers that something was written, without losing what happens between their look and their wait. */
export interface News {
  /** To be taken before looking. */
  count(): number;
  publish(): void;
  /** Resolves at once when something was published since `count` gave `heard`, else at the next, or when `signal` aborts. */
  after(heard: number, signal: AbortSignal): Promise<void>;
}

export function createNews(): News {
  let published = 0;
  const waiting = new Set<() => void>();
  return {
    count: () => published,
    publish() {
      published += 1;
      for (const wake of [...waiting]) wake();
    },
    after(heard, signal) {
      return new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        if (heard !== published || signal.aborted) {
          resolve();
          return;
        }
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
