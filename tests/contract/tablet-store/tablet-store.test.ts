import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Checkpoint, Seq, WireDocument } from '#shared/sync/protocol.ts';
import type { OutboxEntry, PullPage, Replication, TabletStore } from '$lib/sync/tablet-store.ts';
import { authored, consultId, patientId, requestContent, stamped } from '#tests/builders.ts';
import { instant } from '#shared/lib/instant.ts';
import { dexiePlace, memoryRxdbPlace, newSeal, sealedPlace, twinPlace, type Place } from './rxdb-places.ts';

const at = (seq: number): Checkpoint => ({
  storeEpoch: 'store',
  scopeEpoch: 'scope',
  at: { phase: 'tail', seq: String(seq) as Seq },
});
const doc = (id: string, version = '1'): WireDocument => ({
  id,
  version,
  content: { kind: 'department', id, text: version },
});
const entry = (id: string, order: number, text = 'words'): OutboxEntry => ({
  id,
  document: 'd',
  kind: 'consult',
  order,
  accepted: null,
  offsetAtWritingMs: null,
  event: {
    v: 1,
    id: id as OutboxEntry['event']['id'],
    document: 'd',
    type: 'note-added',
    author: 'a',
    device: null,
    lamport: 1,
    base: 0,
    occurredAt: instant('2026-11-22T10:00:00.000Z'),
    body: { text },
  },
});

function consult(name: string, patient: string, cancelledAt: string | null): WireDocument & { id: string } {
  const id = consultId(name);
  const submitted = authored(
    'submitted',
    { content: requestContent({ patient: patientId(patient) }), linked: [] },
    { document: id },
  );
  const events = [stamped(submitted, 1, instant('2026-11-20T10:00:00.000Z'))];
  if (cancelledAt !== null) {
    const cancelled = authored('cancelled', { reason: 'moved' }, { document: id, lamport: 2, base: 1 });
    events.push(stamped(cancelled, 2, instant(cancelledAt)));
  }
  return { id, version: '1', content: { kind: 'consult', id, events } };
}

/** Hands out the pages in turn, then empty ones; tells when an empty one was asked for. */
function script(pages: PullPage[]) {
  const asked: (Checkpoint | null)[] = [];
  return {
    asked,
    pull: (checkpoint: Checkpoint | null): Promise<PullPage> => {
      asked.push(checkpoint);
      return Promise.resolve(pages.shift() ?? { documents: [], checkpoint: null });
    },
  };
}

const kinds: { name: string; place: () => Place | Promise<Place>; survives: boolean }[] = [
  { name: 'memory twin', place: twinPlace, survives: true },
  { name: 'RxDB in memory', place: memoryRxdbPlace, survives: false },
  { name: 'RxDB on Dexie', place: dexiePlace, survives: true },
  { name: 'RxDB on Dexie, sealed', place: async () => sealedPlace(await newSeal()), survives: true },
];

describe.each(kinds)('tablet store: $name', ({ place: makePlace, survives }) => {
  let place: Place;
  let store: TabletStore;
  const replications: Replication[] = [];
  const errors: string[] = [];

  beforeEach(async () => {
    place = await makePlace();
    store = await place.open();
    errors.length = 0;
  });
  afterEach(async () => {
    await Promise.all(replications.splice(0).map((replication) => replication.stop()));
    await store.close();
  });

  function replicate(pull: ReturnType<typeof script>['pull'], batchSize = 1, identifier = 'one') {
    const replication = store.replicate({
      collection: 'directory',
      identifier,
      initialCheckpoint: null,
      batchSize,
      pull,
      onWriteError: (detail) => errors.push(detail),
    });
    replications.push(replication);
    return replication;
  }
  const held = async (): Promise<string[]> => [...(await store.versions('directory')).keys()].sort();

  it('writes pulled pages and reads them back by id', async () => {
    replicate(script([{ documents: [doc('a'), doc('b')], checkpoint: at(1) }]).pull);
    await vi.waitFor(async () => expect(await held()).toEqual(['a', 'b']));
    expect([...(await store.read('directory', ['a', 'zzz'])).values()]).toEqual([doc('a')]);
    expect(await store.count('directory')).toBe(2);
    expect((await store.readAll('directory')).length).toBe(2);
  });

  it('a gone document leaves no content behind', async () => {
    const pages = [{ documents: [doc('a'), doc('b')], checkpoint: at(1) }];
    const replication = replicate((checkpoint) => script(pages).pull(checkpoint));
    await vi.waitFor(async () => expect(await held()).toEqual(['a', 'b']));
    pages.push({ documents: [{ id: 'a', gone: true } as never], checkpoint: at(2) });
    replication.poke();
    await vi.waitFor(async () => expect(await held()).toEqual(['b']));
    expect((await store.read('directory', ['a'])).size).toBe(0);
  });

  it('E8 a gone document that comes back is there again', async () => {
    const pages: PullPage[] = [
      { documents: [doc('a')], checkpoint: at(1) },
      { documents: [{ id: 'a', gone: true }], checkpoint: at(2) },
      { documents: [doc('a', '7')], checkpoint: at(3) },
    ];
    replicate((checkpoint) => script(pages.splice(0, 1)).pull(checkpoint));
    await vi.waitFor(async () => expect((await store.versions('directory')).get('a')).toBe('7'));
  });

  it('tells watchers what was written, after it was', async () => {
    const seen: WireDocument[] = [];
    store.watch('directory', (changes) => seen.push(...changes));
    replicate(script([{ documents: [doc('a')], checkpoint: at(1) }]).pull);
    await vi.waitFor(() => expect(seen).toEqual([doc('a')]));
  });

  it('E5 has the trap: a page shorter than the batch ends the pull', async () => {
    const pages = script([
      { documents: [doc('a'), doc('b')], checkpoint: at(1) },
      { documents: [doc('c')], checkpoint: at(2) },
      { documents: [doc('d'), doc('e')], checkpoint: at(3) },
    ]);
    const replication = replicate(pages.pull, 2);
    await vi.waitFor(async () => expect(await held()).toEqual(['a', 'b', 'c']));
    expect(pages.asked.length).toBe(2);
    replication.poke();
    await vi.waitFor(async () => expect(await held()).toEqual(['a', 'b', 'c', 'd', 'e']));
  });

  it('E16 has the trap: a page that failed to be written is skipped, and only the error says so', async () => {
    place.failPages(1);
    let release = (): void => undefined;
    const failed = new Promise<void>((resolve) => (release = resolve));
    let turn = 0;
    store.watch('directory', () => undefined);
    replicate(async () => {
      turn++;
      if (turn === 1) return { documents: [doc('a')], checkpoint: at(1) };
      if (turn === 2) {
        await vi.waitFor(() => expect(errors.length).toBe(1));
        release();
        return { documents: [doc('b')], checkpoint: at(2) };
      }
      return { documents: [], checkpoint: null };
    });
    await failed;
    await vi.waitFor(async () => expect(await held()).toEqual(['b']));
    expect(errors.length).toBe(1);
  });

  it('goes on at the saved checkpoint under the same identifier, and anew under another', async () => {
    const first = script([{ documents: [doc('a')], checkpoint: at(1) }]);
    const replication = replicate(first.pull);
    await vi.waitFor(() => expect(first.asked.length).toBe(2));
    await vi.waitFor(async () => expect(await held()).toEqual(['a']));
    await replication.stop();

    const same = script([]);
    const again = replicate(same.pull);
    await vi.waitFor(() => expect(same.asked).toEqual([at(1)]));
    await again.stop();

    const other = script([]);
    replicate(other.pull, 1, 'two');
    await vi.waitFor(() => expect(other.asked.length).toBe(1));
    expect(other.asked[0] ?? null).toBeNull();
  });

  it('forgetting a replication forgets its checkpoint but no document', async () => {
    const first = script([{ documents: [doc('a')], checkpoint: at(1) }]);
    const replication = replicate(first.pull);
    await vi.waitFor(async () => expect(await held()).toEqual(['a']));
    await replication.forget();
    expect(await held()).toEqual(['a']);
  });

  it('keeps the outbox in one transaction, replaces by id and removes', async () => {
    expect((await store.saveToOutbox([entry('a', 1), entry('b', 2)])).ok).toBe(true);
    await store.saveToOutbox([
      { ...entry('a', 1), accepted: { n: 4, receivedAt: instant('2026-11-22T10:00:01.000Z') } },
    ]);
    const all = await store.outbox();
    expect(all.length).toBe(2);
    expect(all.find((each) => each.id === 'a')?.accepted?.n).toBe(4);
    await store.removeFromOutbox(['a']);
    expect((await store.outbox()).map((each) => each.id)).toEqual(['b']);
  });

  it('tells of outbox changes', async () => {
    const seen: string[] = [];
    store.watchOutbox(({ saved, removed }) =>
      seen.push(...saved.map((each) => `+${each.id}`), ...removed.map((id) => `-${id}`)),
    );
    await store.saveToOutbox([entry('a', 1)]);
    await store.removeFromOutbox(['a']);
    await vi.waitFor(() => expect(seen).toEqual(['+a', '-a']));
  });

  it('an id removed from the outbox can be written again', async () => {
    await store.saveToOutbox([entry('a', 1)]);
    await store.removeFromOutbox(['a']);
    expect((await store.saveToOutbox([entry('a', 2)])).ok).toBe(true);
    expect((await store.outbox()).map((each) => each.order)).toEqual([2]);
  });

  it('keeps notes by key and prefix; the last of two quick saves stays', async () => {
    await Promise.all([store.putNote('draft:1', { text: 'a' }), store.putNote('draft:1', { text: 'ab' })]);
    await store.putNote('setting:theme', 'night');
    expect(await store.note('draft:1')).toEqual({ text: 'ab' });
    expect([...(await store.notes('draft:')).keys()]).toEqual(['draft:1']);
    await store.removeNote('draft:1');
    expect(await store.note('draft:1')).toBeUndefined();
  });

  it('a full storage is a value, and nothing is half written', async () => {
    place.setFull(true);
    expect(await store.saveToOutbox([entry('a', 1)])).toEqual({ ok: false, error: { type: 'storage-full' } });
    expect(await store.putNote('draft:1', {})).toEqual({ ok: false, error: { type: 'storage-full' } });
    place.setFull(false);
    expect(await store.outbox()).toEqual([]);
    expect((await store.saveToOutbox([entry('a', 1)])).ok).toBe(true);
  });

  it('E16 a replication that begins on a full disk says so, and the next one pulls when there is room again', async () => {
    const begin = (identifier: string): Replication =>
      store.replicate({
        collection: 'directory',
        identifier,
        initialCheckpoint: at(1),
        batchSize: 1,
        pull: script([{ documents: [doc('a')], checkpoint: at(2) }]).pull,
        onWriteError: (detail) => errors.push(detail),
      });
    place.setFull(true);
    const onFullDisk = begin('full');
    await vi.waitFor(() => expect(errors).not.toEqual([]));
    await onFullDisk.forget();
    place.setFull(false);
    replications.push(begin('room'));
    await vi.waitFor(async () => expect(await held()).toEqual(['a']));
  });

  it('finds open consults, ended ones newest first, those of a patient, and alerts of a consult', async () => {
    const ended = [1, 2, 3].map((n) => consult(`ended ${n}`, 'two', `2026-11-2${n}T10:00:00.000Z`));
    const documents = [consult('open', 'one', null), ended[1]!, ended[0]!, ended[2]!];
    replications.push(
      store.replicate({
        collection: 'consults',
        identifier: 'c',
        initialCheckpoint: null,
        batchSize: 1,
        pull: script([{ documents, checkpoint: at(1) }]).pull,
        onWriteError: (detail) => errors.push(detail),
      }),
      store.replicate({
        collection: 'alerts',
        identifier: 'a',
        initialCheckpoint: null,
        batchSize: 1,
        pull: script([
          {
            documents: [
              { id: 'x:1', version: '1', content: { consult: consultId('open') } },
              { id: 'y:1', version: '1', content: { consult: consultId('other') } },
            ],
            checkpoint: at(1),
          },
        ]).pull,
        onWriteError: (detail) => errors.push(detail),
      }),
    );
    await vi.waitFor(async () => expect(await store.count('consults')).toBe(4));
    await vi.waitFor(async () => expect(await store.count('alerts')).toBe(2));
    const idsOf = (documents: readonly { id: string }[]): string[] => documents.map(({ id }) => id);
    expect(idsOf(await store.readOpenConsults())).toEqual([consultId('open')]);
    expect(idsOf(await store.readEndedConsults(2))).toEqual([consultId('ended 3'), consultId('ended 2')]);
    expect(idsOf(await store.readConsultsOfPatient(patientId('two'))).sort()).toEqual(
      ended.map(({ id }) => id).sort(),
    );
    expect(idsOf(await store.readAlertsOfConsult(consultId('open')))).toEqual(['x:1']);
    expect(errors).toEqual([]);
  });

  if (survives)
    it('everything survives closing and opening again', async () => {
      replicate(script([{ documents: [doc('a')], checkpoint: at(1) }]).pull);
      await vi.waitFor(async () => expect(await held()).toEqual(['a']));
      await store.saveToOutbox([entry('e', 1)]);
      await store.putNote('draft:1', { text: 'half a senten' });
      await Promise.all(replications.splice(0).map((replication) => replication.stop()));
      await store.close();

      store = await place.open();
      expect(await held()).toEqual(['a']);
      expect(await store.outbox()).toEqual([entry('e', 1)]);
      expect(await store.note('draft:1')).toEqual({ text: 'half a senten' });
    });
});
