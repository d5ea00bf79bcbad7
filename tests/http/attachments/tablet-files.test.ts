import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileRef, FileStore } from '$lib/attachments/file-store.ts';
import { openPouchStore, outgoingName } from '$lib/attachments/pouch-store.ts';
import { chunkBytes } from '#shared/attachment/limits.ts';
import { consultId, people } from '#tests/builders.ts';
import { startPatientHospital, strangers, type PatientHospital } from '#tests/http/patients/hospital.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { announce, testFile, type TestFile } from './sealed-files.ts';

let hospital: PatientHospital;
let author: TestTablet;
let reader: TestTablet;
const consult = consultId('to cardiology');
const stores: FileStore[] = [];
const silent = (): void => undefined;

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  // Node has no blobs that IndexedDB gives back as they were: PouchDB is told of a browser that keeps base64.
  vi.stubGlobal('navigator', { userAgent: 'Chrome/42.0' });
  hospital = await startPatientHospital();
  author = await hospital.tablet(people.requester);
  reader = await hospital.tablet(people.cardiologist);
  await author.begin(consult);
  await hospital.settled();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await hospital.close();
});

interface Wire {
  /** Requests as `METHOD /path`, without what stands before the database. */
  readonly asked: string[];
  /** Answers nothing from the request on for which it says true. */
  cutAt: ((asked: string) => boolean) | null;
}
const wire = (): Wire => ({ asked: [], cutAt: null });

/** The tablet's own store, over the real PouchDB and the real server. */
function storeOf(tablet: TestTablet, on: Wire = wire(), keptBytes?: number): FileStore {
  const store = openPouchStore({
    person: tablet.session.person,
    origin: 'https://consult.test',
    dataOf: (bytes) => Buffer.from(bytes),
    ...(keptBytes === undefined ? {} : { keptBytes }),
    async request(url, init = {}) {
      const { pathname, search } = new URL(url);
      const asked = `${init.method ?? 'GET'} ${pathname.replace('/api/attachments', '')}`;
      on.asked.push(asked);
      if (on.cutAt?.(asked) === true) throw new TypeError('no network');
      const { method, body } = init;
      const response = await tablet.session.request(pathname + search, {
        headers: Object.fromEntries(new Headers(init.headers as HeadersInit)),
        ...(method === undefined ? {} : { method }),
        ...(body === undefined || body === null ? {} : { body }),
      });
      return Object.assign(response, { buffer: async () => Buffer.from(await response.arrayBuffer()) });
    },
  });
  stores.push(store);
  return store;
}
const refOf = ({ body, consult: of }: TestFile): FileRef => ({
  consult: of,
  file: body.file,
  sizeBytes: body.sizeBytes,
  digest: body.digest,
});
const bytesOf = (file: TestFile): Uint8Array<ArrayBuffer> => new Uint8Array(file.bytes);
const isSame = (read: Uint8Array | null, file: TestFile): boolean =>
  read !== null && Buffer.from(read).equals(file.bytes);

describe('CON-10 a tablet’s own files', () => {
  it.each([
    ['in one document', 30_000],
    ['in chunks', 3 * chunkBytes + 5],
  ])('kept, sent and fetched by another tablet, %s', async (_how, sizeBytes) => {
    const file = testFile(consult, 'photo', sizeBytes);
    const mine = storeOf(author);
    expect(await mine.put(refOf(file), bytesOf(file))).toEqual({ ok: true, value: undefined });
    expect(isSame(await mine.read(refOf(file)), file)).toBe(true);
    await announce(author, file);
    await hospital.settled();
    expect(await mine.waiting()).toEqual([{ consult, file: file.body.file }]);
    const shares: number[] = [];
    expect(await mine.send(refOf(file), (share) => shares.push(share))).toEqual({ type: 'sent' });
    expect(shares.at(-1)).toBe(1);
    expect(await mine.waiting()).toEqual([]);
    expect(isSame(await mine.read(refOf(file)), file)).toBe(true);

    const theirs = storeOf(reader);
    expect(await theirs.read(refOf(file))).toBeNull();
    expect(await theirs.receive(refOf(file), silent)).toEqual({ type: 'received' });
    expect(isSame(await theirs.read(refOf(file)), file)).toBe(true);
  });

  it('wait through a restart of the app', async () => {
    const file = testFile(consult, 'photo', 2 * chunkBytes + 1);
    const before = storeOf(author);
    await before.put(refOf(file), bytesOf(file));
    await before.close();
    stores.length = 0;
    const after = storeOf(author);
    expect(await after.waiting()).toEqual([{ consult, file: file.body.file }]);
    expect(isSame(await after.read(refOf(file)), file)).toBe(true);
  });

  it('stay here while the server has not accepted the entry that names them', async () => {
    const file = testFile(consult, 'early', 900);
    const mine = storeOf(author);
    await mine.put(refOf(file), bytesOf(file));
    expect(await mine.send(refOf(file), silent)).toEqual({ type: 'refused', reason: 'not-taken' });
    expect(await mine.waiting()).toHaveLength(1);
    await announce(author, file);
    expect(await mine.send(refOf(file), silent)).toEqual({ type: 'sent' });
  });

  it('an upload that is cut goes on at the chunk it had come to', async () => {
    const file = testFile(consult, 'long', 8 * chunkBytes);
    const on = wire();
    const mine = storeOf(author, on);
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
    let sent = 0;
    on.cutAt = (asked) => asked.endsWith('_bulk_docs') && ++sent > 1;
    expect(await mine.send(refOf(file), silent)).toEqual({ type: 'no-answer' });
    expect(await mine.waiting()).toHaveLength(1);
    on.cutAt = null;
    on.asked.length = 0;
    expect(await mine.send(refOf(file), silent)).toEqual({ type: 'sent' });
    // Three went before the cut; now one at a time, so that a slow link gets on.
    expect(on.asked.filter((asked) => asked.endsWith('_bulk_docs'))).toHaveLength(8 - 3);
  });

  it('a session that ended says so, and nothing is lost', async () => {
    const file = testFile(consult, 'photo', 900);
    const mine = storeOf(author);
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
    await author.session.delete('/api/session');
    expect(await mine.send(refOf(file), silent)).toEqual({ type: 'signed-out' });
    expect(await mine.waiting()).toHaveLength(1);
  });

  it('what was left out of the form after all is forgotten', async () => {
    const file = testFile(consult, 'left out', 3 * chunkBytes);
    const mine = storeOf(author);
    await mine.put(refOf(file), bytesOf(file));
    await mine.discard(refOf(file));
    expect(await mine.waiting()).toEqual([]);
    expect(await mine.read(refOf(file))).toBeNull();
  });

  it('ask nothing of the server but what the narrow protocol has', async () => {
    const file = testFile(consult, 'photo', 2 * chunkBytes + 1);
    const on = wire();
    const [mine, theirs] = [storeOf(author, on), storeOf(reader, on)];
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
    await hospital.settled();
    await mine.send(refOf(file), silent);
    await theirs.receive(refOf(file), silent);
    const kinds = new Set(
      on.asked.map((asked) => asked.replace(/[0-9a-f-]{36}\.[0-9a-f-]{36}\.\d+/, '<id>')),
    );
    expect([...kinds].sort()).toEqual([
      'GET /',
      'GET /files/',
      'GET /files/<id>/sealed',
      'POST /files/_bulk_docs',
      'POST /files/_bulk_get',
      'POST /files/_changes',
      'POST /files/_revs_diff',
    ]);
  });
});

describe('fetching', () => {
  it('FM-33 what is not there and what is not for this person are told alike', async () => {
    const file = testFile(consult, 'photo', 900);
    const mine = storeOf(author);
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
    await mine.send(refOf(file), silent);
    const outside = storeOf(await hospital.tablet(strangers.surgeon));
    expect(await outside.receive(refOf(file), silent)).toEqual({ type: 'not-there' });
    expect(await outside.receive(refOf(testFile(consult, 'nothing', 900)), silent)).toEqual({
      type: 'not-there',
    });
  });

  it('a download that is cut keeps what came, and fetches only the rest', async () => {
    const file = testFile(consult, 'long', 8 * chunkBytes);
    const mine = storeOf(author);
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
    await hospital.settled();
    await mine.send(refOf(file), silent);
    const on = wire();
    const theirs = storeOf(reader, on);
    let fetched = 0;
    on.cutAt = (asked) => asked.endsWith('/sealed') && ++fetched > 4;
    expect(await theirs.receive(refOf(file), silent)).toEqual({ type: 'no-answer' });
    on.cutAt = null;
    on.asked.length = 0;
    expect(await theirs.receive(refOf(file), silent)).toEqual({ type: 'received' });
    expect(on.asked.filter((asked) => asked.endsWith('/sealed')).length).toBeLessThan(8);
    expect(isSame(await theirs.read(refOf(file)), file)).toBe(true);
  });

  it('a tablet keeps what was looked at last, within its limit, and fetches the rest again', async () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => testFile(consult, name, 40_000));
    const mine = storeOf(author);
    for (const file of files) {
      await mine.put(refOf(file), bytesOf(file));
      await announce(author, file);
    }
    await hospital.settled();
    for (const file of files) await mine.send(refOf(file), silent);
    const theirs = storeOf(reader, wire(), 170_000);
    const [a, b, c, d, e] = files as [TestFile, TestFile, TestFile, TestFile, TestFile];
    for (const file of [a, b, c, d])
      expect((await theirs.receive(refOf(file), silent)).type).toBe('received');
    // Looked at again, so it outlives the others of its time.
    expect(isSame(await theirs.read(refOf(a)), a)).toBe(true);
    expect((await theirs.receive(refOf(e), silent)).type).toBe('received');
    expect(isSame(await theirs.read(refOf(a)), a)).toBe(true);
    expect(await theirs.read(refOf(b))).toBeNull();
    expect((await theirs.receive(refOf(b), silent)).type).toBe('received');
    expect(isSame(await theirs.read(refOf(b)), b)).toBe(true);
  });
});

it('two windows of a person keep files side by side, also when one of them makes room', async () => {
  const files = ['a', 'b', 'c', 'd'].map((name) => testFile(consult, name, 40_000));
  const mine = storeOf(author);
  for (const file of files) {
    await mine.put(refOf(file), bytesOf(file));
    await announce(author, file);
  }
  await hospital.settled();
  for (const file of files) await mine.send(refOf(file), silent);
  const [one, other] = [storeOf(reader, wire(), 90_000), storeOf(reader, wire(), 90_000)];
  const [a, b, c, d] = files as [TestFile, TestFile, TestFile, TestFile];
  for (const file of [a, b, c]) expect((await one.receive(refOf(file), silent)).type).toBe('received');
  expect(isSame(await other.read(refOf(c)), c)).toBe(true);
  expect(await other.read(refOf(a))).toBeNull();
  expect((await other.receive(refOf(d), silent)).type).toBe('received');
  expect(isSame(await one.read(refOf(d)), d)).toBe(true);
});

it('promise 7 the databases have the tablet’s own names, so that a wipe finds them', async () => {
  const mine = storeOf(author);
  await mine.waiting();
  const names = (await indexedDB.databases()).map(({ name }) => name);
  expect(names).toContain(outgoingName(author.session.person));
  expect(names.every((name) => name?.startsWith('hc-files-'))).toBe(true);
});
