/**
 * Turns calls that arrive while a commit is running into one commit after it: each commit waits for the disk, so that many small writers cost
 * hardly more than one. Outcomes go back to their callers in order; a commit that throws throws for everybody in it.
 * A single group holds at most `mostItems`, a larger call stands alone.
 */
export function createGroupCommit<Item, Outcome>(
  commit: (items: Item[]) => Promise<Outcome[]>,
  mostItems: number,
): (items: readonly Item[]) => Promise<Outcome[]> {
  interface Waiting {
    items: readonly Item[];
    resolve: (outcomes: Outcome[]) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;

  function nextGroup(): Waiting[] {
    let count = 0;
    const end = waiting.findIndex(({ items }, index) => {
      count += items.length;
      return index > 0 && count > mostItems;
    });
    const group = end < 0 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(group.length);
    return group;
  }

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const group = nextGroup();
      try {
        const outcomes = await commit(group.flatMap(({ items }) => items));
        let from = 0;
        for (const { items, resolve } of group) resolve(outcomes.slice(from, (from += items.length)));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = false;
  }

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      if (!running) void drain();
    });
}
