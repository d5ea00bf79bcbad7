import type { Checkpoint, CollectionName, Seq, WireDocument } from '#shared/sync/protocol.ts';
import type { BackOff } from './back-off.ts';
import type { DeletionGuard } from './deletion-guard.ts';
import { rescueLostEvents } from './rescue.ts';
import type { Scheduler } from './scheduler.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { PullPage, Replication, TabletStore } from './tablet-store.ts';

export const pullLimit = 200;
/** A page that has not shown up in the storage by then counts as a failed write. */
const proofTimeoutMs = 30_000;

export type PullOutcome =
  | { readonly type: 'caught-up' }
  | { readonly type: 'failed'; readonly failure: ServerFailure }
  | { readonly type: 'storage-failing' }
  | { readonly type: 'stopped' };

type Queued =
  | { readonly kind: 'heal'; readonly documents: readonly WireDocument[] }
  | {
      readonly kind: 'message';
      readonly from: Seq | null;
      readonly to: Seq;
      readonly documents: readonly WireDocument[];
    };

interface InFlight {
  readonly documents: readonly WireDocument[];
  readonly checkpoint: Checkpoint;
  readonly caughtUpAfter: boolean;
}

export interface PullLoop {
  readonly collection: CollectionName;
  /** Begins the replication at the proven checkpoint. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Pulls until the server says there is no more, or until something fails. */
  run(): Promise<PullOutcome>;
  /** A change message: applied when it begins where this tablet stands, else a poke to pull. */
  message(from: Seq | null, to: Seq, documents: readonly WireDocument[] | null): void;
  /** Writes documents (and removes gone ones) through the replication, without moving the checkpoint. */
  heal(documents: readonly WireDocument[]): Promise<PullOutcome>;
  /** Everything up to here was read back from the storage. null: nothing yet. */
  proven(): Checkpoint | null;
  caughtUp(): boolean;
}

export interface PullLoopParts {
  readonly collection: CollectionName;
  readonly store: TabletStore;
  readonly server: ServerPort;
  readonly scheduler: Scheduler;
  readonly guard: DeletionGuard;
  readonly backOff: BackOff;
  onAnswer(answer: Answer<unknown>): void;
  onFailure(failure: ServerFailure): void;
  /** The checkpoint sent in was of another scope or store; a state check must follow. */
  onRestarted(storeEpochChanged: boolean): void;
  onStorage(failing: boolean): void;
  /** After each run and each proven page. */
  onProgress(): void;
}

interface CheckpointNote {
  readonly checkpoint: Checkpoint | null;
  readonly generation: number;
}
const noteKey = (collection: CollectionName): string => `checkpoint:${collection}`;
const isCheckpointNote = (value: unknown): value is CheckpointNote =>
  typeof value === 'object' && value !== null && 'checkpoint' in value && 'generation' in value;

/** Fixed for ever but for the generation: another build of ours must find the same replication. */
export const replicationIdentifier = (collection: CollectionName, generation: number): string =>
  `hc-${collection}-${generation}`;

/**
 * One collection's way in. Everything that is written to a pulled collection passes through the handler below, one page at a
 * time: pulled pages, stream messages, healing. The next page is asked for only after the one before was read back from the
 * storage; that makes the checkpoint proven (F6, E16). The replication asks with a batch size of 1, so that a short page
 * never ends a pull (E5): only an empty one does, and an empty one is given only when the server says `caughtUp`.
 */
export function createPullLoop(parts: PullLoopParts): PullLoop {
  const { collection, store, server, scheduler, guard, backOff } = parts;
  let replication: Replication | null = null;
  let generation = 0;
  let proven: Checkpoint | null = null;
  let caughtUp = false;
  let wanted = false;
  let stopped = true;
  let handling = false;
  let inFlight: InFlight | null = null;
  let writeFailed = false;
  let changes = 0;
  let wake: (() => void) | null = null;
  let unwatch: (() => void) | null = null;
  let cancelRestart: (() => void) | null = null;
  const queue: Queued[] = [];
  let waiting: ((outcome: PullOutcome) => void)[] = [];

  function endRun(outcome: PullOutcome): PullPage {
    const tell = waiting;
    waiting = [];
    for (const resolve of tell) resolve(outcome);
    parts.onProgress();
    return { documents: [], checkpoint: proven };
  }

  function changeOrTimeout(seen: number): Promise<'change' | 'timeout'> {
    if (changes !== seen || writeFailed || stopped) return Promise.resolve('change');
    return new Promise((resolve) => {
      const cancel = scheduler.after(proofTimeoutMs, () => {
        wake = null;
        resolve('timeout');
      });
      wake = () => {
        wake = null;
        cancel();
        resolve('change');
      };
    });
  }

  async function isHere(page: InFlight): Promise<boolean> {
    const held = await store.read(
      collection,
      page.documents.map((document) => document.id),
    );
    return page.documents.every((document) => {
      const here = held.get(document.id);
      return 'gone' in document ? here === undefined : here?.version === document.version;
    });
  }

  /** Waits until the page in flight can be read back; false when its writing failed. */
  async function prove(): Promise<boolean> {
    while (inFlight !== null) {
      if (writeFailed || stopped) return false;
      const seen = changes;
      if (await isHere(inFlight)) {
        const { checkpoint, caughtUpAfter } = inFlight;
        inFlight = null;
        await advance(checkpoint);
        caughtUp = caughtUpAfter;
        backOff.reset();
        parts.onStorage(false);
        parts.onProgress();
      } else if ((await changeOrTimeout(seen)) === 'timeout') return false;
    }
    return !writeFailed;
  }

  async function advance(checkpoint: Checkpoint): Promise<void> {
    if (JSON.stringify(proven) === JSON.stringify(checkpoint)) return;
    proven = checkpoint;
    const note: CheckpointNote = { checkpoint, generation };
    // Not noted means pulled once more after the next start, nothing worse.
    await store.putNote(noteKey(collection), note);
  }

  function restart(): PullPage {
    inFlight = null;
    writeFailed = false;
    const old = replication;
    replication = null;
    generation++;
    parts.onStorage(true);
    void old?.forget();
    cancelRestart = scheduler.after(backOff.nextDelayMs(), () => {
      cancelRestart = null;
      if (stopped) return;
      wanted = true;
      replicate();
    });
    return endRun({ type: 'storage-failing' });
  }

  /** Takes out removals that are not to be believed; null when that could not be decided now. */
  async function guarded(documents: readonly WireDocument[], reason: 'left-scope' | 'state-check') {
    const gone = documents.filter((document) => 'gone' in document).map((document) => document.id);
    if (gone.length === 0) return documents;
    const allowed = await guard.allow(gone, reason);
    if (allowed === null) return null;
    return documents.filter((document) => !('gone' in document) || allowed.has(document.id));
  }

  async function launch(
    page: InFlight,
    reason: 'left-scope' | 'state-check',
  ): Promise<PullPage | 'nothing' | 'failed'> {
    const documents = await guarded(page.documents, reason);
    if (documents === null) return 'failed';
    const byId = new Map(documents.map((document) => [document.id, document]));
    const held = await store.read(collection, [...byId.keys()]);
    const latest = [...byId.values()].filter(
      (document) => 'gone' in document || held.get(document.id)?.version !== document.version,
    );
    const rescued = await rescueLostEvents(store, collection, latest, held);
    if (!rescued.ok) {
      parts.onStorage(true);
      return 'failed';
    }
    if (latest.length === 0) {
      await advance(page.checkpoint);
      caughtUp = page.caughtUpAfter;
      return 'nothing';
    }
    inFlight = { ...page, documents: latest };
    return { documents: latest, checkpoint: page.checkpoint };
  }

  function pageFromQueue(queued: Queued): InFlight | null {
    if (proven === null) return null;
    if (queued.kind === 'heal')
      return { documents: queued.documents, checkpoint: proven, caughtUpAfter: caughtUp };
    if (proven.at.phase !== 'tail' || proven.at.seq !== queued.from) return null;
    const checkpoint: Checkpoint = { ...proven, at: { phase: 'tail', seq: queued.to } };
    return { documents: queued.documents, checkpoint, caughtUpAfter: caughtUp };
  }

  async function nextPage(): Promise<PullPage> {
    if (!(await prove())) return stopped ? endRun({ type: 'stopped' }) : restart();
    for (;;) {
      if (isStopped()) return endRun({ type: 'stopped' });
      const queued = queue.shift();
      if (queued !== undefined) {
        const page = pageFromQueue(queued);
        if (page === null) {
          wanted = true;
          continue;
        }
        const launched = await launch(page, queued.kind === 'heal' ? 'state-check' : 'left-scope');
        if (launched === 'failed') wanted = true;
        else if (launched !== 'nothing') return launched;
        continue;
      }
      if (!wanted) return endRun({ type: 'caught-up' });
      wanted = false;
      const answer = await server.pull({ collection, checkpoint: proven, limit: pullLimit });
      if (isStopped()) return endRun({ type: 'stopped' });
      if (!answer.ok) {
        caughtUp = false;
        parts.onFailure(answer.error);
        return endRun({ type: 'failed', failure: answer.error });
      }
      parts.onAnswer(answer.value);
      const { documents, checkpoint, restarted } = answer.value.body;
      if (restarted) parts.onRestarted(proven !== null && proven.storeEpoch !== checkpoint.storeEpoch);
      const caughtUpAfter = answer.value.body.caughtUp;
      if (!caughtUpAfter) wanted = true;
      const launched = await launch({ documents, checkpoint, caughtUpAfter }, 'left-scope');
      if (launched === 'failed') return endRun({ type: 'failed', failure: { type: 'no-answer' } });
      if (launched !== 'nothing') return launched;
    }
  }
  // Read through a function: the compiler would else take `stopped` for unchanged across an await.
  const isStopped = (): boolean => stopped;

  function replicate(): void {
    const mine = generation;
    replication = store.replicate({
      collection,
      identifier: replicationIdentifier(collection, generation),
      initialCheckpoint: proven,
      batchSize: 1,
      async pull() {
        if (stopped || mine !== generation) return { documents: [], checkpoint: proven };
        handling = true;
        try {
          return await nextPage();
        } catch {
          // The storage could not even be read; RxDB would only ask again at once and for ever.
          return isStopped() ? endRun({ type: 'stopped' }) : restart();
        } finally {
          handling = false;
        }
      },
      onWriteError() {
        if (mine !== generation || stopped) return;
        writeFailed = true;
        // The run that would notice may have ended already, or never have begun.
        if (handling) wake?.();
        else restart();
      },
    });
  }

  return {
    collection,
    async start() {
      const noted = await store.note(noteKey(collection));
      if (isCheckpointNote(noted)) ({ checkpoint: proven, generation } = noted);
      stopped = false;
      unwatch = store.watch(collection, () => {
        changes++;
        wake?.();
      });
      replicate();
    },
    async stop() {
      stopped = true;
      cancelRestart?.();
      unwatch?.();
      wake?.();
      const old = replication;
      replication = null;
      endRun({ type: 'stopped' });
      await old?.stop();
    },
    run() {
      if (stopped) return Promise.resolve({ type: 'stopped' });
      if (replication === null) return Promise.resolve({ type: 'storage-failing' });
      wanted = true;
      guard.newRun();
      const outcome = new Promise<PullOutcome>((resolve) => waiting.push(resolve));
      replication.poke();
      return outcome;
    },
    message(from, to, documents) {
      if (stopped) return;
      if (documents === null) wanted = true;
      else queue.push({ kind: 'message', from, to, documents });
      replication?.poke();
    },
    heal(documents) {
      if (stopped) return Promise.resolve({ type: 'stopped' });
      if (replication === null) return Promise.resolve({ type: 'storage-failing' });
      queue.push({ kind: 'heal', documents });
      const outcome = new Promise<PullOutcome>((resolve) => waiting.push(resolve));
      replication.poke();
      return outcome;
    },
    proven: () => proven,
    caughtUp: () => caughtUp,
  };
}
