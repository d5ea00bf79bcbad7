import type { Activity } from './activity.ts';

/** Longer ones are another program's business, such as a test runner's own limit. */
const shortMs = 50;

/**
 * Counts the few short real timers that the programs use ("after this turn") as work under way, so that virtual time stands still
 * until they fired and a seed always tells the same story. Returns the way to end.
 */
export function countRealTimers(activity: Activity): () => void {
  const original = globalThis.setTimeout;
  const counting = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): NodeJS.Timeout => {
    if (delayMs > shortMs) return original(run, delayMs, ...args);
    activity.busy++;
    return original(() => {
      activity.busy--;
      run(...args);
    }, delayMs);
  };
  globalThis.setTimeout = Object.assign(counting, original) as typeof setTimeout;
  return () => {
    globalThis.setTimeout = original;
  };
}
