/** Runs at most `count` works at once, the others in the order they came. What a work throws is its caller's; its place is free again. */
export function createPlaces(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (taken < count) taken++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is handed on, or given back.
      if (next === undefined) taken--;
      else next();
    }
  };
}
