import type { Result } from '#shared/lib/result.ts';
import type { SaveFailure } from '$lib/tablet/tablet.ts';

/** Saves the latest value again and again, one save at a time, never an older one after a newer. */
export interface DraftSaver<T> {
  /** Called at every keystroke. */
  changed(value: T): void;
  /** Resolves when nothing is left to save. */
  settled(): Promise<void>;
}

export function createDraftSaver<T>(
  save: (value: T) => Promise<Result<void, SaveFailure>>,
  tell: (outcome: 'saved' | SaveFailure) => void,
): DraftSaver<T> {
  let next: { readonly value: T } | null = null;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (next !== null) {
      const { value } = next;
      next = null;
      const result = await save(value);
      tell(result.ok ? 'saved' : result.error);
    }
    running = null;
  }
  return {
    changed(value) {
      next = { value };
      running ??= run();
    },
    settled: () => running ?? Promise.resolve(),
  };
}
