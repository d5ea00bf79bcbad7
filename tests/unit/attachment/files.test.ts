import { describe, expect, it } from 'vitest';
import type { FileRef, FileStore, ReceiveOutcome, SendOutcome } from '$lib/attachments/file-store.ts';
import {
  createFiles,
  type FileState,
  type Files,
  type FilesParts,
  type KeyedRef,
} from '$lib/attachments/files.ts';
import { sealFile, type SealedFile } from '$lib/attachments/seal.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Connection, Draft, OutboxItem } from '$lib/tablet/tablet.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { FileId } from '#shared/lib/id.ts';
import { err, ok } from '#shared/lib/result.ts';
import {
  authored,
  consultId,
  fileId,
  people,
  sampleBodies,
  stamped,
  storyStart,
  uuidOf,
} from '#tests/builders.ts';

const consult = consultId('one');

/** What the storage would hold, and a server that answers as the test says. */
function fakeStore() {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const outgoing = new Set<FileId>();
  const server = new Map<string, Uint8Array<ArrayBuffer>>();
  const log: string[] = [];
  const answers = {
    send: (): SendOutcome | Promise<SendOutcome> => ({ type: 'sent' }),
    receive: (): ReceiveOutcome | Promise<ReceiveOutcome> => ({ type: 'received' }),
    isFull: false,
  };
  const store: FileStore = {
    put(ref, sealed) {
      if (answers.isFull) return Promise.resolve(err({ type: 'storage-full' }));
      kept.set(ref.file, sealed);
      outgoing.add(ref.file);
      return Promise.resolve(ok(undefined));
    },
    read: (ref) => Promise.resolve(kept.get(ref.file) ?? null),
    waiting: () => Promise.resolve([...outgoing].map((file) => ({ consult, file }))),
    async send(ref, progress) {
      log.push(`send ${ref.file}`);
      progress(0.5);
      const outcome = await answers.send();
      if (outcome.type === 'sent') outgoing.delete(ref.file);
      return outcome;
    },
    async receive(ref) {
      log.push(`receive ${ref.file}`);
      const bytes = server.get(ref.file);
      const outcome = await answers.receive();
      if (outcome.type === 'received' && bytes !== undefined) kept.set(ref.file, bytes);
      return outcome.type === 'received' && bytes === undefined ? { type: 'not-there' } : outcome;
    },
    discard(of) {
      kept.delete(of.file);
      outgoing.delete(of.file);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { store, kept, outgoing, server, log, answers };
}

const online: Connection = {
  confirmedAt: storyStart,
  streaming: true,
  signInNeeded: false,
  clockOffsetMs: 0,
  lastFullSyncAt: storyStart,
  perCollection: {
    consults: { caughtUp: true, count: 1 },
    patients: { caughtUp: true, count: 1 },
    directory: { caughtUp: true, count: 1 },
    alerts: { caughtUp: true, count: 0 },
  },
  trouble: null,
  watcherLateSeconds: 0,
};
const submitted = stamped(authored('submitted'), 1, storyStart);

function naming(sealed: SealedFile, isAccepted: boolean): HeldEvent {
  const body = {
    ...sampleBodies['attachment-added'],
    file: sealed.file,
    key: sealed.key,
    digest: sealed.digest,
    sizeBytes: sealed.sealed.length,
  };
  const event = authored('attachment-added', body, {
    lamport: 2,
    id: uuidOf(`of ${sealed.file}`) as HeldEvent['id'],
  });
  return isAccepted ? stamped(event, 2, storyStart) : event;
}

interface Bench {
  readonly files: Files;
  readonly fake: ReturnType<typeof fakeStore>;
  readonly connection: ReturnType<typeof createLive<Connection>>;
  readonly drafts: ReturnType<typeof createLive<readonly Draft[]>>;
  /** The consult as it is now, and what waits in the outbox. */
  readonly knows: (...events: readonly HeldEvent[]) => void;
  /** Runs everything that waits for up to so long. */
  readonly pass: (ms: number) => void;
  readonly waits: boolean[];
}

function bench(over: Partial<FilesParts> = {}, fake = fakeStore()): Bench {
  const held = createLive<Consult | null>(projectConsult([submitted]));
  const outbox = createLive<readonly OutboxItem[]>([]);
  const connection = createLive<Connection>({ ...online, streaming: false });
  const drafts = createLive<readonly Draft[]>([]);
  const jobs = new Set<{ delayMs: number; run: () => void }>();
  const waits: boolean[] = [];
  const files = createFiles({
    tablet: { person: people.requester.id, consult: () => held, drafts, outbox, connection },
    store: fake.store,
    scheduler: {
      after(delayMs, run) {
        const job = { delayMs, run };
        jobs.add(job);
        return () => jobs.delete(job);
      },
    },
    random: () => 0.5,
    alone: async (run) => {
      await run();
      return true;
    },
    onWaiting: (now) => waits.push(now),
    ...over,
  });
  return {
    files,
    fake,
    connection,
    drafts,
    waits,
    knows(...events) {
      held.set(projectConsult([submitted, ...events]));
      const unsent = events.filter(({ n }) => n === undefined);
      outbox.set(
        unsent.map((event) => ({
          event,
          document: 'consult',
          delivery: { state: 'on-this-tablet', since: storyStart },
          attempts: 0,
        })),
      );
    },
    pass(ms) {
      for (const job of [...jobs]) {
        if (job.delayMs > ms) continue;
        jobs.delete(job);
        job.run();
      }
    },
  };
}

const photo = (name = 'photo'): Promise<SealedFile> =>
  sealFile(fileId(name), new TextEncoder().encode(`the picture ${name}`));
const refOf = ({ file, key, digest, sealed }: SealedFile): KeyedRef => ({
  consult,
  file,
  key,
  digest,
  sizeBytes: sealed.length,
});
const stateOf = (files: Files, { file }: Pick<FileRef, 'file'>): FileState => {
  let state: FileState = { at: 'unknown' };
  files.state(file).subscribe((now) => (state = now))();
  return state;
};

describe('CON-10 sending', () => {
  it('the entry goes first: a file waits until its entry is accepted', async () => {
    const { files, fake, knows, waits } = bench();
    const sealed = await photo();
    await files.keep(consult, [sealed]);
    knows(naming(sealed, false));
    files.wake();
    await files.idle();
    expect(fake.log).toEqual([]);
    expect(stateOf(files, sealed)).toEqual({ at: 'this-tablet-only' });
    knows(naming(sealed, true));
    await files.idle();
    expect(fake.log).toEqual([`send ${sealed.file}`]);
    expect(stateOf(files, sealed)).toEqual({ at: 'sent' });
    expect(waits.at(-1)).toBe(false);
    let isWaiting = true;
    files.waits.subscribe((now) => (isWaiting = now))();
    expect(isWaiting).toBe(false);
  });

  it('OFF-1 without an answer it stays, is tried again after a while, and at once when the server is back', async () => {
    const { files, fake, knows, pass, connection, waits } = bench();
    const sealed = await photo();
    fake.answers.send = () => ({ type: 'no-answer' });
    knows(naming(sealed, true));
    await files.keep(consult, [sealed]);
    files.wake();
    await files.idle();
    expect(stateOf(files, sealed)).toEqual({ at: 'this-tablet-only' });
    expect(waits.at(-1)).toBe(true);
    pass(60_000);
    await files.idle();
    expect(fake.log).toHaveLength(2);
    fake.answers.send = () => ({ type: 'sent' });
    connection.set(online);
    await files.idle();
    expect(stateOf(files, sealed)).toEqual({ at: 'sent' });
  });

  it('one that fails does not hold up those behind it, unless nobody answers', async () => {
    const { files, fake, knows } = bench();
    const all = await Promise.all(['a', 'b', 'c', 'd'].map(photo));
    knows(...all.map((sealed, at) => ({ ...naming(sealed, true), n: 2 + at })));
    let asked = 0;
    fake.answers.send = () =>
      asked++ === 0 ? { type: 'refused', reason: 'wrong-digest' } : { type: 'sent' };
    await files.keep(consult, all);
    files.wake();
    await files.idle();
    expect(all.map((sealed) => stateOf(files, sealed).at).sort()).toEqual([
      'refused',
      'sent',
      'sent',
      'sent',
    ]);
    expect(fake.outgoing.size).toBe(1);
  });

  it('while another window sends, this one does not, and looks again', async () => {
    let isAlone = false;
    const { files, fake, knows, pass } = bench({
      alone: async (run) => {
        if (isAlone) await run();
        return isAlone;
      },
    });
    const sealed = await photo();
    knows(naming(sealed, true));
    await files.keep(consult, [sealed]);
    files.wake();
    await files.idle();
    expect(fake.log).toEqual([]);
    isAlone = true;
    pass(60_000);
    await files.idle();
    expect(fake.log).toEqual([`send ${sealed.file}`]);
  });

  it('what waits from before is sent at the start', async () => {
    const fake = fakeStore();
    const sealed = await photo();
    await fake.store.put(refOf(sealed), sealed.sealed);
    const { files, knows, connection } = bench({}, fake);
    knows(naming(sealed, true));
    connection.set(online);
    await files.idle();
    expect(fake.outgoing.size).toBe(0);
  });
});

describe('keeping', () => {
  it('a full tablet takes none of them, and says so', async () => {
    const { files, fake } = bench();
    const [first, second] = await Promise.all([photo('a'), photo('b')]);
    const put = fake.store.put.bind(fake.store);
    fake.store.put = async (ref, sealed) => {
      const kept = await put(ref, sealed);
      fake.answers.isFull = true;
      return kept;
    };
    expect(await files.keep(consult, [first, second])).toEqual({
      ok: false,
      error: { type: 'storage-full' },
    });
    expect(fake.kept.size).toBe(0);
  });

  it('what no entry and no draft names is swept up after an hour; what one names is not', async () => {
    const { files, fake, knows, drafts, pass } = bench();
    const [lost, drafted, named] = await Promise.all([photo('lost'), photo('drafted'), photo('named')]);
    await files.keep(consult, [lost, drafted, named]);
    knows(naming(named, false));
    const draft = { id: 'd', purpose: 'act', fields: { items: [{ body: { file: drafted.file } }] } };
    drafts.set([{ ...draft, changedAt: storyStart }]);
    const discarded = new Promise<string>((resolve) => {
      const discard = fake.store.discard.bind(fake.store);
      fake.store.discard = (of) => {
        resolve(of.file);
        return discard(of);
      };
    });
    pass(60 * 60_000);
    expect(await discarded).toBe(lost.file);
    expect([...fake.outgoing].sort()).toEqual([drafted.file, named.file].sort());
  });
});

describe('opening', () => {
  it('gives one’s own at once, without a network', async () => {
    const { files, fake } = bench();
    const sealed = await photo();
    await files.keep(consult, [sealed]);
    const opened = await files.open(refOf(sealed));
    expect(opened.ok && new TextDecoder().decode(opened.value)).toBe('the picture photo');
    expect(fake.log).toEqual([]);
    expect(stateOf(files, sealed)).toEqual({ at: 'this-tablet-only' });
  });

  it('fetches what is not here, once for all who ask at the same time', async () => {
    const { files, fake } = bench();
    const sealed = await photo();
    fake.server.set(sealed.file, sealed.sealed);
    const both = await Promise.all([files.open(refOf(sealed)), files.open(refOf(sealed))]);
    expect(both.map(({ ok: isOpen }) => isOpen)).toEqual([true, true]);
    expect(fake.log).toEqual([`receive ${sealed.file}`]);
    expect(stateOf(files, sealed)).toEqual({ at: 'here' });
  });

  it('what is to be sent goes before what is fetched', async () => {
    const { files, fake, knows } = bench();
    const [mine, theirs] = await Promise.all([photo('mine'), photo('theirs')]);
    fake.server.set(theirs.file, theirs.sealed);
    knows(naming(mine, true));
    await files.keep(consult, [mine]);
    let goOn: (outcome: SendOutcome) => void = () => undefined;
    fake.answers.send = () => new Promise<SendOutcome>((resolve) => (goOn = resolve));
    files.wake();
    const opening = files.open(refOf(theirs));
    await expect.poll(() => stateOf(files, theirs)).toEqual({ at: 'waits-to-be-fetched' });
    expect(fake.log).toEqual([`send ${mine.file}`]);
    goOn({ type: 'sent' });
    expect((await opening).ok).toBe(true);
    expect(fake.log).toEqual([`send ${mine.file}`, `receive ${theirs.file}`]);
  });

  it.each(['not-there', 'no-answer', 'signed-out', 'storage-full', 'damaged'] as const)(
    'says why it is not here (%s), and can be tried again',
    async (why) => {
      const { files, fake } = bench();
      const sealed = await photo();
      fake.server.set(sealed.file, sealed.sealed);
      fake.answers.receive = () => ({ type: why });
      expect(await files.open(refOf(sealed))).toEqual({ ok: false, error: why });
      expect(stateOf(files, sealed)).toEqual({ at: 'not-here', why });
      fake.answers.receive = () => ({ type: 'received' });
      expect((await files.open(refOf(sealed))).ok).toBe(true);
    },
  );

  it('a file put in another’s place, or under another key, is damaged and never shown', async () => {
    const { files, fake } = bench();
    const [sealed, other] = await Promise.all([photo('a'), photo('b')]);
    fake.server.set(sealed.file, other.sealed);
    expect(await files.open({ ...refOf(sealed), key: other.key })).toEqual({ ok: false, error: 'damaged' });
    fake.kept.clear();
    fake.server.set(sealed.file, sealed.sealed);
    expect(await files.open({ ...refOf(sealed), key: 'AAAA' })).toEqual({ ok: false, error: 'damaged' });
  });
});
