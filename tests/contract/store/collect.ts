import type { Change, ChangesPage } from '#server/store/port.ts';

/** Takes what a feed brings and lets a test wait for a state of it. */
export function collect() {
  const changes: Change[] = [];
  const waiting = new Set<() => void>();
  return {
    changes,
    ids: (): string[] => changes.map(({ id }) => id),
    onChange: (page: ChangesPage): Promise<void> => {
      changes.push(...page.changes);
      for (const look of [...waiting]) look();
      return Promise.resolve();
    },
    until(isThere: (ids: ReadonlySet<string>) => boolean): Promise<void> {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!isThere(new Set(changes.map(({ id }) => id)))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };
}
