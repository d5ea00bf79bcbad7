import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { StoreUnavailable, type Database, type StoredDocument } from '#server/store/port.ts';
import { addMs, instantSchema, type Clock } from '#shared/lib/instant.ts';

/**
 * Runs changes one after the other, over all gateways of a store: rules that look at several documents (the last administrator, a code used once,
 * the tree of departments) then see what the change before has written.
 */
export interface OneAtATime {
  <T>(work: () => Promise<T>): Promise<T>;
}

/** Document `turn:administration`: whose turn it is; `holder` null: nobody's. */
const turnSchema = z.looseObject({
  kind: z.literal('turn'),
  holder: z.string().nullable(),
  deadlineAt: instantSchema,
});
type Turn = z.infer<typeof turnSchema>;

const turnId = 'turn:administration';
/** Far longer than any change takes. Whoever died in the middle holds up the others for so long. */
export const turnMs = 30_000;
const lookAgainMs = 50;
/** Asking gives up once a dead holder's turn and somebody else's are over. */
const maxLooks = (2 * turnMs) / lookAgainMs;

export interface OneAtATimeDeps {
  /** What gateways keep about this very store: never part of a backup. */
  readonly meta: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wait?: (ms: number) => Promise<void>;
}

const realWait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function createOneAtATime(deps: OneAtATimeDeps): OneAtATime {
  const { meta, clock, logger, wait = realWait } = deps;
  let last: Promise<unknown> = Promise.resolve();

  const isHeld = ({ body }: StoredDocument): boolean => {
    const { holder, deadlineAt } = turnSchema.parse(body);
    return holder !== null && deadlineAt > clock.now();
  };

  /** What the turn may be written over; undefined: it is somebody's, in whichever leaf a cluster keeps. */
  async function free(): Promise<StoredDocument | null | undefined> {
    const leaves = await meta.leaves(turnId);
    if (leaves.some(isHeld)) return undefined;
    const [first, ...rest] = leaves;
    if (rest.length > 0)
      await meta.removeLeaves(
        turnId,
        rest.map((leaf) => leaf.rev),
      );
    return first ?? null;
  }

  /** The rev under which the turn is ours; null: somebody else's, or nobody can say. */
  async function take(holder: string): Promise<string | null> {
    const held = await free();
    if (held === undefined) return null;
    const body: Turn = { kind: 'turn', holder, deadlineAt: addMs(clock.now(), turnMs) };
    const [outcome] = await meta.write([{ id: turnId, rev: held?.rev, body }]);
    if (outcome?.type === 'rejected') throw new Error(`the store refused a turn: ${outcome.reason}`);
    if (outcome?.type === 'written') return outcome.rev;
    if (outcome?.type !== 'unproven') return null;
    // Somebody else may have been told that it is theirs: what a cluster cannot prove is nobody's.
    await meta.removeLeaves(turnId, [outcome.rev]);
    return null;
  }

  async function giveBack(rev: string): Promise<void> {
    try {
      const body: Turn = { kind: 'turn', holder: null, deadlineAt: clock.now() };
      await meta.write([{ id: turnId, rev, body }]);
    } catch (cause) {
      // The change itself is done; the deadline frees the turn.
      logger.warn({ err: cause }, 'the turn of administration could not be given back');
    }
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const holder = randomUUID();
    for (let looks = 0; looks < maxLooks; looks++) {
      const rev = await take(holder);
      if (rev === null) await wait(lookAgainMs);
      else
        try {
          return await work();
        } finally {
          await giveBack(rev);
        }
    }
    throw new StoreUnavailable('another gateway keeps the turn of administration');
  }

  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(
      () => inTurn(work),
      () => inTurn(work),
    );
    last = mine;
    return mine;
  };
}
