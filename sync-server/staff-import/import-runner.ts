import { randomUUID } from 'node:crypto';
import type { Actor } from '#server/http/context.ts';
import type { Logger } from '#server/ops/logger.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { addMs } from '#shared/lib/instant.ts';
import type { ImportRow } from '#shared/staff-import/protocol.ts';
import type { ImportStore, StoredPlan, StoredProgress, StoredRow } from './import-store.ts';
import type { RowWriter } from './row-writer.ts';

/** After so long without a word a process that worked on an import is taken for gone. */
const silentMs = 60_000;
/** Progress is written this often: what is done again after a crash is done without effect. */
const rowsPerBeat = 50;

export type Doing = StoredProgress['doing'];

export interface ImportRunner {
  /** Begins, or goes on where another run was cut off; while one is under way, and when all is done, it changes nothing. */
  begin(plan: StoredPlan, actor: Actor, doing: Doing): Promise<StoredProgress>;
  /** The newest word, from memory where this process works on it. */
  progress(id: string): Promise<StoredProgress | null>;
  /** Whether the process that worked on it has gone silent. */
  isCutOff(progress: StoredProgress): boolean;
  /** Resolves when nothing is under way here. */
  idle(): Promise<void>;
}

const waiting = ({ row, name, email, person }: StoredRow): ImportRow => ({
  row,
  name,
  email,
  person,
  outcome: 'waiting',
  refusal: null,
  columns: [],
});

export function createImportRunner(deps: {
  readonly store: ImportStore;
  readonly rows: RowWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly closing: AbortSignal;
}): ImportRunner {
  const { store, clock, closing, logger } = deps;
  const runner = randomUUID();
  const running = new Map<string, { progress: StoredProgress; work: Promise<void> }>();

  const isCutOff = (progress: StoredProgress): boolean =>
    !progress.isDone && !running.has(progress.id) && addMs(progress.beatAt, silentMs) < clock.now();

  async function work(plan: StoredPlan, actor: Actor, begun: StoredProgress): Promise<void> {
    const rows = [...begun.rows];
    const { doing } = begun;
    const say = async (done: number): Promise<void> => {
      const progress: StoredProgress = {
        ...begun,
        rows: [...rows],
        done,
        isDone: done === rows.length,
        runner,
        beatAt: clock.now(),
      };
      const held = running.get(plan.id);
      if (held !== undefined) held.progress = progress;
      const isBeat = done % rowsPerBeat === 0 || progress.isDone;
      if (isBeat)
        await store.changeProgress(plan.id, (stored) => (stored?.runner === runner ? progress : null));
    };
    for (let at = begun.done; at < rows.length; at++) {
      if (closing.aborted) return;
      const [planned, held] = [plan.rows[at], rows[at]];
      if (planned !== undefined && held !== undefined)
        rows[at] = { ...held, ...(await deps.rows[doing](actor, planned, held)) };
      await say(at + 1);
    }
  }

  const progressOf = async (id: string): Promise<StoredProgress | null> =>
    running.get(id)?.progress ?? (await store.progress(id));

  return {
    isCutOff,
    progress: progressOf,
    async begin(plan, actor, doing) {
      const progress = await store.changeProgress(
        plan.id,
        (held) => {
          if (held !== null && !held.isDone && !isCutOff(held)) return null;
          if (held !== null && held.isDone && (held.doing === doing || held.doing === 'undo')) return null;
          const goesOn = held !== null && held.doing === doing;
          return {
            kind: 'staff-import-progress',
            id: plan.id,
            by: plan.by,
            madeAt: plan.madeAt,
            doing,
            isDone: plan.rows.length === 0,
            done: goesOn ? held.done : 0,
            runner,
            beatAt: clock.now(),
            rows: held?.rows ?? plan.rows.map(waiting),
          };
        },
        { actor, act: { action: `staff.${doing}`, subjects: [plan.id] } },
      );
      if (progress === null) {
        const held = await progressOf(plan.id);
        if (held === null) throw new Error('an import that has begun has no progress');
        return held;
      }
      const run = work(plan, actor, progress)
        .catch((error: unknown) => logger.error({ err: error, import: plan.id }, 'an import was cut off'))
        .finally(() => running.delete(plan.id));
      running.set(plan.id, { progress, work: run });
      return progress;
    },
    async idle() {
      await Promise.all([...running.values()].map((one) => one.work));
    },
  };
}
