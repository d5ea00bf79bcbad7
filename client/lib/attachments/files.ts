import type { Consult } from '#shared/consult/consult.ts';
import { filesNamedIn, type NamedFile } from '#shared/attachment/named-files.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { createBackOff, type Random } from '$lib/sync/back-off.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';
import { createLive, type LiveValue } from '$lib/tablet/live.ts';
import type { Live, SaveFailure, Tablet } from '$lib/tablet/tablet.ts';
import type { FileRef, FileStore, ReceiveOutcome } from './file-store.ts';
import { openSealed, type SealedFile } from './seal.ts';

export type FetchFailure = Exclude<ReceiveOutcome['type'], 'received'>;

/** Where one file is, as far as this tablet knows. */
export type FileState =
  /** Nobody has looked yet. */
  | { readonly at: 'unknown' }
  /** One's own, and nowhere else. */
  | { readonly at: 'this-tablet-only' }
  | { readonly at: 'being-sent'; readonly share: number }
  /** The server refused one's own file for what it is; it stays here. */
  | { readonly at: 'refused'; readonly why: 'damaged' | 'too-much' }
  /** One's own, just sent. */
  | { readonly at: 'sent' }
  | { readonly at: 'here' }
  /** Waits until what is to be sent has gone. */
  | { readonly at: 'waits-to-be-fetched' }
  | { readonly at: 'being-fetched'; readonly share: number }
  | { readonly at: 'not-here'; readonly why: FetchFailure };

/** A file with the key that opens it. */
export type KeyedRef = FileRef & Pick<SealedFile, 'key'>;

/** One person's photos and documents on this tablet: kept sealed, sent when there is a network, fetched when somebody looks. */
export interface Files {
  state(file: FileId): Live<FileState>;
  /** Something is kept here that the server has not got. */
  readonly waits: Live<boolean>;
  /** Keeps sealed files until their entry is accepted and they are sent. All or none. */
  keep(consult: ConsultId, files: readonly SealedFile[]): Promise<Result<void, SaveFailure>>;
  /** Of files no entry names after all. */
  discard(consult: ConsultId, files: readonly FileId[]): Promise<void>;
  /** The file in the clear, in memory alone; fetched first where it is not here. */
  open(ref: KeyedRef): Promise<Result<Uint8Array<ArrayBuffer>, FetchFailure>>;
  /** It may be worth trying now. */
  wake(): void;
  /** Resolves when no sending is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface FilesParts {
  readonly tablet: Pick<Tablet, 'person' | 'consult' | 'drafts' | 'outbox' | 'connection'>;
  readonly store: FileStore;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Runs it unless another window of this person does already; false: it does. */
  readonly alone: (run: () => Promise<void>) => Promise<boolean>;
  /** Told when something begins to wait to be sent and when nothing waits any more. */
  readonly onWaiting?: (waits: boolean) => void;
}

/** So many files at once: while some are being made ready, another is on its way. Two left a link of 20 Mbit/s idle for a fifth of the time. */
const sendAtOnce = 3;
/** A consult that is on this tablet is read in less. */
const readConsultMs = 5_000;
const sweepAfterMs = 60 * 60_000;

export function createFiles(parts: FilesParts): Files {
  const { tablet, store, scheduler } = parts;
  const waits = createLive(true);
  const states = new Map<string, LiveValue<FileState>>();
  const fetching = new Map<string, Promise<ReceiveOutcome>>();
  const backOff = createBackOff(parts.random);
  let sending: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let stopWaiting: () => void = () => undefined;

  function stateOf(file: string): LiveValue<FileState> {
    const held = states.get(file) ?? createLive<FileState>({ at: 'unknown' });
    states.set(file, held);
    return held;
  }
  const tell = (file: string, state: FileState): void => stateOf(file).set(state);

  function tellWaiting(now: boolean): void {
    waits.set(now);
    parts.onWaiting?.(now);
  }

  /** The consult as this tablet holds it; null: not here. */
  function consultNow(id: ConsultId): Promise<Consult | null> {
    return new Promise((resolve) => {
      let stop: () => void = () => undefined;
      let isDone = false;
      const done = (consult: Consult | null): void => {
        if (isDone) return;
        isDone = true;
        stopClock();
        // The first call comes before `stop` is known.
        queueMicrotask(() => stop());
        resolve(consult);
      };
      const stopClock = scheduler.after(readConsultMs, () => done(null));
      stop = tablet.consult(id).subscribe((consult) => {
        if (consult !== null) done(consult);
      });
    });
  }
  async function namedFile(of: Pick<FileRef, 'consult' | 'file'>): Promise<NamedFile | null> {
    const consult = await consultNow(of.consult);
    const events = consult?.timeline.map(({ event }) => event) ?? [];
    return filesNamedIn(events).find(({ file }) => file === of.file) ?? null;
  }

  /** True: go on with the next. */
  async function sendOne(of: { readonly consult: ConsultId; readonly file: FileId }): Promise<boolean> {
    const named = await namedFile(of);
    if (named === null || !named.isAccepted) {
      tell(of.file, { at: 'this-tablet-only' });
      return true;
    }
    const ref = { ...of, sizeBytes: named.sizeBytes, digest: named.digest };
    tell(of.file, { at: 'being-sent', share: 0 });
    const outcome = await store.send(ref, (share) => tell(of.file, { at: 'being-sent', share }));
    switch (outcome.type) {
      case 'sent':
        tell(of.file, { at: 'sent' });
        backOff.reset();
        return true;
      case 'refused':
        // Its entry is accepted, so "not taken" is a gateway that has not heard of it yet.
        tell(
          of.file,
          outcome.reason === 'not-taken'
            ? { at: 'this-tablet-only' }
            : { at: 'refused', why: outcome.reason === 'too-much' ? 'too-much' : 'damaged' },
        );
        if (outcome.reason === 'not-taken' || outcome.reason === 'too-much') tryLater();
        return true;
      case 'no-answer':
        tell(of.file, { at: 'this-tablet-only' });
        tryLater();
        return false;
      case 'signed-out':
        tell(of.file, { at: 'this-tablet-only' });
        return false;
    }
  }

  async function sendAll(): Promise<void> {
    const waiting = [...(await store.waiting())];
    tellWaiting(waiting.length > 0);
    let goOn = true;
    async function lane(): Promise<void> {
      for (let next = waiting.shift(); next !== undefined && goOn && !closed; next = waiting.shift())
        if (!(await sendOne(next))) goOn = false;
    }
    await Promise.all(Array.from({ length: sendAtOnce }, lane));
    for (const { file } of waiting) tell(file, { at: 'this-tablet-only' });
    tellWaiting((await store.waiting()).length > 0);
  }

  function tryLater(): void {
    stopWaiting();
    stopWaiting = scheduler.after(backOff.nextDelayMs(), wake);
  }

  const isAskedAgain = (): boolean => again && !closed;
  async function run(): Promise<void> {
    do {
      again = false;
      try {
        // Where another window sends, this one looks again when it may have finished.
        if (!(await parts.alone(sendAll))) tryLater();
      } catch {
        // The storage did not answer: nothing is lost, it is asked again.
        tryLater();
      }
    } while (isAskedAgain());
    sending = null;
  }

  function wake(): void {
    if (closed) return;
    again = true;
    sending ??= run();
  }

  /** What was made ready and named by nothing: the page died between the two. Drafts name files as entries do. */
  async function sweep(): Promise<void> {
    const drafts = new Promise<string>((resolve) => {
      tablet.drafts.subscribe((held) => resolve(JSON.stringify(held.map(({ fields }) => fields))))();
    });
    const inDrafts = await drafts;
    for (const of of await store.waiting()) {
      const consult = await consultNow(of.consult);
      if (closed || consult === null || inDrafts.includes(of.file)) continue;
      if ((await namedFile(of)) === null) await store.discard(of);
    }
  }

  async function fetchOnce(ref: FileRef): Promise<ReceiveOutcome> {
    // What was written here goes first.
    if (sending !== null) {
      tell(ref.file, { at: 'waits-to-be-fetched' });
      await sending;
    }
    tell(ref.file, { at: 'being-fetched', share: 0 });
    return store.receive(ref, (share) => tell(ref.file, { at: 'being-fetched', share }));
  }
  function fetched(ref: FileRef): Promise<ReceiveOutcome> {
    const running =
      fetching.get(ref.file) ??
      fetchOnce(ref).finally(() => {
        fetching.delete(ref.file);
      });
    fetching.set(ref.file, running);
    return running;
  }

  let unsent: number | null = null;
  let wasAnswered = false;
  const stops = [
    tablet.outbox.subscribe((items) => {
      const count = items.length;
      // An entry went: a file may follow it.
      if (unsent !== null && count < unsent) wake();
      unsent = count;
    }),
    tablet.connection.subscribe(({ streaming, signInNeeded }) => {
      const isAnswered = streaming && !signInNeeded;
      if (isAnswered && !wasAnswered) {
        backOff.reset();
        wake();
      }
      wasAnswered = isAnswered;
    }),
    scheduler.after(sweepAfterMs, () => void sweep().catch(() => undefined)),
  ];
  wake();

  return {
    state: (file) => stateOf(file),
    waits,
    async keep(consult, files) {
      tellWaiting(true);
      for (const [at, { file, digest, sealed }] of files.entries()) {
        const kept = await store.put({ consult, file, digest, sizeBytes: sealed.length }, sealed);
        if (!kept.ok) {
          for (const before of files.slice(0, at)) await store.discard({ consult, file: before.file });
          return kept;
        }
        tell(file, { at: 'this-tablet-only' });
      }
      return ok(undefined);
    },
    async discard(consult, files) {
      for (const file of files) await store.discard({ consult, file });
    },
    async open(ref) {
      const before = stateOf(ref.file).get().at;
      const isOwn = before === 'this-tablet-only' || before === 'being-sent' || before === 'refused';
      let sealed = await store.read(ref).catch(() => null);
      if (sealed === null) {
        const outcome = await fetched(ref);
        if (outcome.type !== 'received') {
          tell(ref.file, { at: 'not-here', why: outcome.type });
          return err(outcome.type);
        }
        sealed = await store.read(ref);
      }
      const plain = sealed === null ? null : await openSealed(ref, sealed);
      if (plain === null) {
        tell(ref.file, { at: 'not-here', why: 'damaged' });
        return err('damaged');
      }
      if (!isOwn && before !== 'sent') tell(ref.file, { at: 'here' });
      return ok(plain);
    },
    wake,
    idle: () => sending ?? Promise.resolve(),
    async close() {
      closed = true;
      stopWaiting();
      for (const stop of stops) stop();
      await sending?.catch(() => undefined);
      await store.close();
    },
  };
}
