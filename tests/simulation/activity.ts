/** Work under way that needs real time or many turns: while there is any, virtual time stands still. */
export interface Activity {
  busy: number;
  /** How often work was begun; grows only. */
  begun: number;
  /** What is under way, by the number it began with. */
  readonly open: Map<number, string>;
}

export const createActivity = (): Activity => ({ busy: 0, begun: 0, open: new Map() });

export async function during<T>(activity: Activity, what: string, work: () => Promise<T>): Promise<T> {
  const number = activity.begun++;
  activity.busy++;
  activity.open.set(number, what);
  try {
    return await work();
  } finally {
    activity.busy--;
    activity.open.delete(number);
  }
}

/** A history that would never end: something waits for virtual time while virtual time waits for it, or does the same for ever. */
export class NoRest extends Error {
  override readonly name = 'NoRest';
}

/** So many turns of the event loop cost nothing; afterwards real time is given to disks. */
const quickTurns = 20_000;
/** A millisecond each. */
const mostTicks = 60_000;

const mostRounds = 10_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
// Taken before a history counts short timers as work.
const realTimeout = globalThis.setTimeout;
const nextTick = (): Promise<void> => new Promise((resolve) => realTimeout(resolve, 1));

/** Ends with virtual time at rest: nothing under way for some turns. Throws `NoRest`, with the names of what is, after the limits above. */
export function createSettle(
  activity: Activity,
  options: {
    readonly isReal: () => boolean;
    /** Of tablets in other threads; false when none had anything to do. */
    readonly tabletsAtRest: () => Promise<boolean>;
    /** Milliseconds; 60,000 when absent. */
    readonly ticks?: number;
  },
): () => Promise<void> {
  const limit = quickTurns + (options.ticks ?? mostTicks);
  let begunBefore = 0;

  async function worldAtRest(): Promise<void> {
    await nextTurn();
    const isStill = activity.busy === 0 && activity.begun === begunBefore;
    const isSlow = options.isReal() && !isStill;
    const turns = isSlow ? 4 : 1;
    let passed = 0;
    for (let quiet = 0; quiet < turns;) {
      await (isSlow || passed > quickTurns ? nextTick() : nextTurn());
      quiet = activity.busy === 0 ? quiet + 1 : 0;
      if (++passed > limit) throw new NoRest(`does not come to rest, still busy: ${whoIsBusy(activity)}`);
    }
    begunBefore = activity.begun;
  }

  return async () => {
    await worldAtRest();
    // What tablets in threads said on the way to their rest may have set off more here, and that more there.
    for (let rounds = 0; await options.tabletsAtRest(); rounds++) {
      await worldAtRest();
      if (rounds > mostRounds) throw new NoRest('does not come to rest: tablets and world never both rest');
    }
  };
}

function whoIsBusy({ open, busy }: Activity): string {
  const names = [...new Set(open.values())];
  return names.length === 0 ? `${String(busy)} timers` : names.join(', ');
}
