import type { Live } from './tablet.ts';

export type Topic = 'consults' | 'patients' | 'outbox' | 'notes';

/** Tells views that something they read from has changed; once for all changes of one turn of the event loop. */
export interface Changes {
  tell(topic: Topic): void;
  on(topics: readonly Topic[], run: () => void): () => void;
}

export function createChanges(): Changes {
  const followers = new Map<() => void, readonly Topic[]>();
  return {
    tell(topic) {
      for (const [run, topics] of [...followers]) if (topics.includes(topic)) run();
    },
    on(topics, run) {
      followers.set(run, topics);
      return () => void followers.delete(run);
    },
  };
}

/** Equal to the last bit of identity: then nobody needs to draw again. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((each, index) => Object.is(each, b[index]));
}

/** A value computed from others: at subscription and after each change of its topics, told only when it differs. */
export function createView<T>(changes: Changes, topics: readonly Topic[], read: () => T): Live<T> {
  return {
    subscribe(run) {
      let value = read();
      run(value);
      return changes.on(topics, () => {
        const next = read();
        if (same(value, next)) return;
        value = next;
        run(value);
      });
    },
  };
}

/** The same where reading takes a while: begins with `first`, and a slow answer never overtakes a newer one. */
export function createSlowView<T>(
  changes: Changes,
  topics: readonly Topic[],
  first: () => T,
  read: () => Promise<T>,
  onFailure: () => void,
): Live<T> {
  return {
    subscribe(run) {
      let value = first();
      let reading = false;
      let stale = false;
      let ended = false;
      run(value);
      const isEnded = (): boolean => ended;
      const isStale = (): boolean => stale;

      async function refresh(): Promise<void> {
        if (reading) {
          stale = true;
          return;
        }
        reading = true;
        try {
          do {
            stale = false;
            const next = await read();
            if (isEnded()) return;
            if (!same(value, next)) {
              value = next;
              run(value);
            }
          } while (isStale());
        } catch {
          if (!isEnded()) onFailure();
        } finally {
          reading = false;
        }
      }
      void refresh();
      const off = changes.on(topics, () => void refresh());
      return () => {
        ended = true;
        off();
      };
    },
  };
}
