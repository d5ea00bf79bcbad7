import { addMs, type Clock } from '#shared/lib/instant.ts';
import { collections, type CollectionName } from '#shared/sync/protocol.ts';
import type { Connection } from '$lib/tablet/tablet.ts';
import { createBackOff, type Random } from './back-off.ts';
import { createClockOffset, type ClockOffset } from './clock-offset.ts';
import { createConnectionFacts, noConnection, type ConnectionFacts } from './connection-facts.ts';
import { createDeletionGuard } from './deletion-guard.ts';
import { fetchWhole, leaveToServer } from './leave-to-server.ts';
import { createPullLoop, type PullLoop } from './pull-loop.ts';
import { pushOutbox, type PushRun } from './push-loop.ts';
import { forgetAcceptances, reconcile, removeAllSeen, removeSeen } from './reconcile.ts';
import { askAboutSetAside } from './set-aside-again.ts';
import type { Scheduler } from './scheduler.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import { checkState, offerBack, type Offered } from './state-check.ts';
import { watchLeader } from './silent-leader.ts';
import { createStreamLoop } from './stream-loop.ts';
import type { HeldDocument, TabletStore } from './tablet-store.ts';
import type { StreamMessage } from './wire-types.ts';

/** How often the tablet asks whether it holds what it should, when nothing else makes it ask. */
export const stateCheckEveryMs = 10 * 60_000;
/** Without a stream the tablet still pulls; no faster than this. */
export const waitingRetryMs = 15_000;
/** No gateway is further behind the others than this. */
export const longestFeedLagMs = 60_000;
export const connectionNote = 'connection';
/** Written by a window that does not lead, to ask the leading one to try now. */
const pokeNote = 'poke';

export interface SyncParts {
  readonly store: TabletStore;
  readonly server: ServerPort;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

export interface SyncCore {
  readonly facts: ConnectionFacts;
  readonly offset: ClockOffset;
  /**
   * Resolves once this window leads and its replications stand; the network is not waited for. In a window that never leads it
   * never resolves, and `stop` does not wait for it.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Pull, push and state check now; resolves when done or failed. */
  syncNow(): Promise<void>;
  /** Something new waits in the outbox. */
  outboxChanged(): void;
  /** The network, the screen or the page came back. */
  wake(): void;
  attemptsOf(eventId: string): number;
  /** Leaves the words of consults that ended longest ago to the server; how many. 0 in a window that does not lead. Never rejects. */
  makeRoom(): Promise<number>;
  /** One of those, from the server; null: it is none, or the server does not answer. Never rejects. */
  whole(consult: string): Promise<HeldDocument | null>;
}

/** All that goes on between one tablet store and one server session. Takes time, chance and network as arguments. */
export async function createSyncCore(parts: SyncParts): Promise<SyncCore> {
  const { store, server, clock, scheduler, random } = parts;
  const remembered = await store.note(connectionNote);
  const before: Connection = isConnection(remembered) ? remembered : noConnection;
  const offset = createClockOffset(before.clockOffsetMs);
  const facts = createConnectionFacts(
    { ...before, streaming: false, trouble: null, watcherLateSeconds: 0 },
    clock,
    offset,
  );
  const attempts = new Map<string, number>();
  const mustCheck = new Set<CollectionName>();
  const offered: Offered = new Map();
  let running = false;
  let leading = false;
  let leadWork: Promise<void> = Promise.resolve();
  let started: Promise<void> = Promise.resolve();
  let cycle: Promise<void> | null = null;
  let again = false;
  let pushing: Promise<PushRun> | null = null;
  let pushAgain = false;
  let epochWork: Promise<void> = Promise.resolve();
  let cancelCheck: (() => void) | null = null;
  let cancelWaiting: (() => void) | null = null;
  let unfollow: (() => void)[] = [];
  let stopWatchingLeader: (() => void) | null = null;
  let saveQueued = false;
  let cancelRetry: (() => void) | null = null;
  const background = new Set<Promise<void>>();
  const pushBackOff = createBackOff(random);
  const cycleBackOff = createBackOff(random);

  const onAnswer = (answer: Answer<unknown>): void => facts.answered(answer);
  const onFailure = (failure: ServerFailure): void => facts.failed(failure);

  const loops = new Map<CollectionName, PullLoop>(
    collections.map((collection) => [
      collection,
      createPullLoop({
        collection,
        store,
        server,
        scheduler,
        guard: createDeletionGuard({ collection, store, server, clock }),
        backOff: createBackOff(random),
        onAnswer,
        onFailure,
        onRestarted(storeEpochChanged) {
          mustCheck.add(collection);
          if (!storeEpochChanged) return;
          offered.clear();
          epochWork = epochWork.then(() => forgetAcceptances(store));
        },
        onStorage: (failing) => facts.storage(failing),
        onProgress: () => track(noteCounts(collection)),
      }),
    ]),
  );
  const allLoops = [...loops.values()];

  /** Work nobody waits for: it must not outlive `stop`, and what the storage throws is told, not lost. */
  function track(work: Promise<unknown>): void {
    const told = work.then(
      () => undefined,
      () => facts.storage(true),
    );
    background.add(told);
    void told.finally(() => background.delete(told));
  }

  async function noteCounts(collection: CollectionName): Promise<void> {
    const loop = loops.get(collection);
    if (loop === undefined || !running) return;
    const count = await store.count(collection);
    if (isRunning()) facts.collection(collection, loop.caughtUp(), count);
  }

  const stream = createStreamLoop({
    server,
    scheduler,
    backOff: createBackOff(random),
    onMessage,
    onOpen() {
      facts.streaming(true);
      // What happened between the last pull and this stream is in neither (E7): ask again after every connect.
      track(syncNow());
    },
    onDown(failure) {
      facts.streaming(false);
      if (failure !== null) facts.failed(failure);
      const hopeless =
        failure !== null && ['no-answer', 'not-our-server', 'signed-out'].includes(failure.type);
      if (!hopeless) track(syncNow());
    },
  });

  function onMessage(message: StreamMessage): void {
    facts.heard(message.asOf);
    switch (message.type) {
      case 'hello':
        if (isForeign(message)) track(syncNow());
        return;
      case 'change':
        loops.get(message.collection)?.message(message.from, message.to, message.documents);
        return;
      case 'scope':
        for (const loop of allLoops) mustCheck.add(loop.collection);
        track(syncNow());
        return;
      case 'beat':
        facts.watcherLate(message.watcherLateSeconds);
        return;
      case 'signed-out':
        facts.failed({ type: 'signed-out' });
        return;
    }
  }

  function isForeign(hello: { readonly storeEpoch: string; readonly scopeEpoch: string }): boolean {
    return allLoops.some((loop) => {
      const at = loop.proven();
      return at !== null && (at.storeEpoch !== hello.storeEpoch || at.scopeEpoch !== hello.scopeEpoch);
    });
  }

  function push(): Promise<PushRun> {
    if (pushing !== null) {
      pushAgain = true;
      return pushing;
    }
    const run = async (): Promise<PushRun> => {
      let result: PushRun;
      do {
        pushAgain = false;
        await epochWork;
        result = await pushOutbox({
          store,
          server,
          clock,
          offset,
          onAnswer,
          onFailure,
          onAttempt: (id) => void attempts.set(id, (attempts.get(id) ?? 0) + 1),
        });
        // A document may have come with the stream while its acceptance was being written down.
        await removeAllSeen(store);
        // Asked again meanwhile: perhaps because the network came back, so also after a failure.
      } while (isAskedAgain() && running);
      return result;
    };
    pushing = run()
      .catch((): PushRun => {
        facts.storage(true);
        return { type: 'storage-failing' };
      })
      .finally(() => {
        pushing = null;
      });
    return pushing.then((result) => {
      retryWaiting(result);
      return result;
    });
  }
  // Read through functions: the compiler would else take these for unchanged across an await.
  const isAskedAgain = (): boolean => pushAgain;
  const isRunning = (): boolean => running;

  function retryWaiting(result: PushRun): void {
    if (result.type === 'done') pushBackOff.reset();
    const isOver = result.type === 'done' && result.waiting === 0;
    const isSignedOut = result.type === 'failed' && result.failure.type === 'signed-out';
    if (isOver || isSignedOut || !running || cancelWaiting !== null) return;
    const delayMs =
      result.type === 'failed' ? pushBackOff.nextDelayMs(wishOf(result.failure)) : waitingRetryMs;
    cancelWaiting = scheduler.after(delayMs, () => {
      cancelWaiting = null;
      track(push());
    });
  }

  async function checkAll(which: readonly CollectionName[]): Promise<void> {
    // The gateway that answers may not have heard yet of what another one took, and then agrees to a scope without it.
    const { confirmedAt } = facts.get();
    const heardOf = confirmedAt === null ? null : addMs(confirmedAt, -longestFeedLagMs);
    const acceptedBefore = new Set(
      (await store.outbox()).flatMap(({ id, accepted }) =>
        accepted !== null && heardOf !== null && accepted.receivedAt <= heardOf ? [id] : [],
      ),
    );
    const checkParts = { store, server, offered, onAnswer, onFailure };
    const agreed = new Set<CollectionName>();
    for (const collection of which) {
      const loop = loops.get(collection);
      if (loop === undefined || !running) return;
      const outcome = await checkState(loop, checkParts);
      if (outcome === 'failed') continue;
      mustCheck.delete(collection);
      if (outcome !== 'differs') agreed.add(collection);
      await noteCounts(collection);
    }
    for (const collection of await offerBack(checkParts)) mustCheck.add(collection);
    await reconcile({ store, server, clock, offset, agreed, acceptedBefore, onAnswer, onFailure });
    if (agreed.size > 0) await askAboutSetAside({ store, server, onAnswer, onFailure });
  }

  /** While the stream is down, its own tries bring the next cycle; else nobody would. */
  function retryCycle(failures: readonly ServerFailure[]): void {
    if (!running || cancelRetry !== null || !stream.isOpen() || facts.get().signInNeeded) return;
    const wishMs = Math.max(0, ...failures.map((failure) => wishOf(failure) ?? 0));
    cancelRetry = scheduler.after(cycleBackOff.nextDelayMs(wishMs), () => {
      cancelRetry = null;
      track(syncNow());
    });
  }

  async function oneCycle(checkEverything: boolean): Promise<void> {
    // Both at once and each for itself: a failing push does not stop the pull, nor the other way round (E15).
    const [pulled, pushed] = await Promise.all([Promise.all(allLoops.map((loop) => loop.run())), push()]);
    const caughtUp = pulled.every((outcome) => outcome.type === 'caught-up');
    if (!caughtUp) {
      retryCycle(pulled.flatMap((outcome) => (outcome.type === 'failed' ? [outcome.failure] : [])));
      return;
    }
    if (!running) return;
    await removeAllSeen(store);
    const which = checkEverything
      ? collections
      : collections.filter((collection) => mustCheck.has(collection));
    if (which.length > 0) await checkAll(which);
    if (mustCheck.size > 0) {
      retryCycle([]);
      return;
    }
    cycleBackOff.reset();
    if (pushed.type === 'done' && pushed.waiting === 0)
      facts.fullySynced(facts.get().confirmedAt ?? clock.now());
  }

  function syncNow(checkEverything = false): Promise<void> {
    if (!running) return Promise.resolve();
    if (cycle !== null) {
      again = true;
      if (checkEverything) for (const collection of collections) mustCheck.add(collection);
      return cycle;
    }
    const run = async (): Promise<void> => {
      await oneCycle(checkEverything);
      while (isAgain() && running) {
        again = false;
        await oneCycle(false);
      }
      again = false;
    };
    cycle = run()
      .catch(() => facts.storage(true))
      .finally(() => {
        cycle = null;
      });
    return cycle;
  }
  const isAgain = (): boolean => again;

  function scheduleCheck(): void {
    const delayMs = Math.round(stateCheckEveryMs * (0.75 + random() / 2));
    cancelCheck = scheduler.after(delayMs, () => {
      scheduleCheck();
      track(syncNow(true));
    });
  }

  /** Other windows of this person, and the next start, read the facts from here. One write at a time. */
  function saveFacts(): void {
    if (saveQueued || !running || !leading) return;
    saveQueued = true;
    scheduler.after(1_000, () => {
      saveQueued = false;
      if (running) track(store.putNote(connectionNote, facts.get()));
    });
  }

  async function lead(): Promise<void> {
    leading = true;
    for (const loop of allLoops) mustCheck.add(loop.collection);
    unfollow = [
      store.watch('consults', (changes) => track(removeSeen(store, changes))),
      store.watch('patients', (changes) => track(removeSeen(store, changes))),
      store.watchOutbox(({ saved }) => {
        if (saved.some((entry) => entry.accepted === null)) outboxChanged();
      }),
      store.watchNotes((key) => {
        if (key === pokeNote) track(syncNow(true));
      }),
      facts.live.subscribe(saveFacts),
    ];
    await removeAllSeen(store);
    await Promise.all(allLoops.map((loop) => loop.start()));
    if (!isRunning()) return;
    scheduleCheck();
    stream.start();
    track(syncNow());
  }

  return {
    facts,
    offset,
    start() {
      running = true;
      // Until this window leads, it shows what the leading one writes down.
      const stopAdopting = store.watchNotes((key, value) => {
        if (key === connectionNote && isConnection(value)) facts.adopt(value);
      });
      unfollow = [stopAdopting];
      if (store.alone !== true)
        stopWatchingLeader = watchLeader({ store, scheduler, clock, isLeading: () => leading, push });
      started = store.whenLeading().then(() => {
        stopAdopting();
        leadWork = isRunning() ? lead().catch(() => facts.storage(true)) : Promise.resolve();
        return leadWork;
      });
      return started;
    },
    async stop() {
      running = false;
      server.close();
      stopWatchingLeader?.();
      await leadWork;
      for (const stop of unfollow) stop();
      cancelCheck?.();
      cancelWaiting?.();
      cancelRetry?.();
      stream.stop();
      await Promise.all(allLoops.map((loop) => loop.stop()));
      await cycle;
      await pushing;
      await epochWork;
      while (background.size > 0) await Promise.all(background);
    },
    async syncNow() {
      if (store.alone === true) await started;
      await leadWork;
      if (leading) await syncNow(true);
      else if (running) await store.putNote(pokeNote, clock.now());
    },
    outboxChanged,
    wake() {
      if (!running || !leading) return;
      if (!stream.isOpen()) {
        stream.hurry();
        track(syncNow());
        return;
      }
      // An open stream may have died in a pocket; a request tells.
      track(
        syncNow().then(() => {
          if (facts.get().trouble === 'no-answer') stream.reopen();
        }),
      );
    },
    attemptsOf: (eventId) => attempts.get(eventId) ?? 0,
    async makeRoom() {
      const loop = loops.get('consults');
      if (!running || !leading || loop === undefined) return 0;
      const leaving = leaveToServer({ store, loop, clock }).catch(() => {
        facts.storage(true);
        return 0;
      });
      track(leaving);
      return leaving;
    },
    whole: (consult) => fetchWhole(consult, { store, server, onAnswer, onFailure }).catch(() => null),
  };

  function outboxChanged(): void {
    if (leading && running && !facts.get().signInNeeded) track(push());
  }
}

const wishOf = (failure: ServerFailure): number | null =>
  failure.type === 'unavailable' ? failure.retryAfterMs : null;

export function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'perCollection' in value && 'confirmedAt' in value;
}
