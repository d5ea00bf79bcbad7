import { NoRest, type Activity } from '../activity.ts';
import type { OwnWork } from '../own-work.ts';

const nextTick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
/** Real milliseconds that something may take which is no turn, short timer or cipher of this thread, such as compiling WebAssembly. */
const mostTicks = 20_000;

/** Ends when nothing of tablets and server can go on without virtual time or a word from outside. */
export function createWardSettle(activity: Activity, ownWork: OwnWork): () => Promise<void> {
  return async () => {
    for (let ticks = 0; ;) {
      const { begun } = activity;
      await ownWork.rest();
      if (activity.busy === 0 && activity.begun === begun) return;
      if (activity.busy === 0) continue;
      await nextTick();
      if (++ticks > mostTicks)
        throw new NoRest(`does not come to rest, still busy: ${[...activity.open.values()].join(', ')}`);
    }
  };
}
