import type { Live } from './tablet.ts';

export interface LiveValue<T> extends Live<T> {
  readonly get: () => T;
  set(value: T): void;
}

/** A value others may follow. Setting the identical value tells nobody. */
export function createLive<T>(initial: T): LiveValue<T> {
  let value = initial;
  const followers = new Set<(value: T) => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const run of [...followers]) run(value);
    },
    subscribe(run) {
      followers.add(run);
      run(value);
      return () => {
        followers.delete(run);
      };
    },
  };
}
