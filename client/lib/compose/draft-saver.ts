import type { Draft, SaveFailure, Tablet } from '$lib/tablet/tablet.ts';

/** Keeps a form while it is typed: jotted down at once, then saved, one save at a time, never an older one after a newer. */
export interface DraftSaver {
  /** Called at every keystroke. */
  changed(draft: Draft): void;
  /** Resolves when nothing is left to save. */
  settled(): Promise<void>;
}

export function createDraftSaver(
  tablet: Pick<Tablet, 'jotDraft' | 'saveDraft'>,
  tell: (outcome: 'saved' | SaveFailure) => void,
): DraftSaver {
  let next: Draft | null = null;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (next !== null) {
      const draft = next;
      next = null;
      const result = await tablet.saveDraft(draft);
      tell(result.ok ? 'saved' : result.error);
    }
    running = null;
  }
  return {
    changed(draft) {
      tablet.jotDraft(draft);
      next = draft;
      running ??= run();
    },
    settled: () => running ?? Promise.resolve(),
  };
}
