import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import { seqFromText, SeqUnknown, StoreLocked, StoreUnavailable } from '#server/store/port.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consult-embedded-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => openEmbeddedStore({ folder, designDocuments: [] });

test('a second store over the same folder is refused by name, and taken when the first has let go', async () => {
  const first = await open();
  await expect(open()).rejects.toBeInstanceOf(StoreLocked);
  await first.database('claims').write([{ id: 'one', body: {} }]);
  await first.close();
  const second = await open();
  expect(await second.database('claims').count()).toBe(1);
  await second.close();
});

test('another process is refused while this one has the folder', async () => {
  const store = await open();
  const script = `const down = require('leveldown')(process.argv[1]); down.open({}, (error) => { process.stdout.write(error ? error.message : 'opened'); });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, join(folder, 'lock')]);
  expect(stdout).toMatch(/lock/i);
  await store.close();
});

test('two stores in one process, over two folders, do not see each other', async () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const stores = await Promise.all(
    [a, b].map((path) => openEmbeddedStore({ folder: path, designDocuments: [] })),
  );
  await stores[0]!.database('claims').write([{ id: 'one', body: {} }]);
  expect(await stores[1]!.database('claims').get('one')).toBeNull();
  await stores[1]!.close();
  expect(await stores[0]!.database('claims').get('one')).not.toBeNull();
  await stores[0]!.close();
});

test('a place beyond what the store holds is refused: it was set back', async () => {
  const store = await open();
  await store.database('claims').write([{ id: 'one', body: {} }]);
  const asked = store.database('claims').changes({ since: seqFromText('2'), limit: 1 });
  await expect(asked).rejects.toBeInstanceOf(SeqUnknown);
  await store.close();
});

test('a damaged store is said to be so, and lets the folder go', async () => {
  const store = await open();
  await store.database('consults').write([{ id: 'one', body: {} }]);
  await store.close();
  const files = await readdir(join(folder, 'consults'));
  const manifest = files.find((file) => file.startsWith('MANIFEST'))!;
  await writeFile(join(folder, 'consults', manifest), 'not a manifest');
  await expect(open()).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(open()).rejects.not.toBeInstanceOf(StoreLocked);
});

test('a closed store answers nothing', async () => {
  const store = await open();
  const database = store.database('claims');
  await store.close();
  await expect(database.get('one')).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(database.write([{ id: 'one', body: {} }])).rejects.toBeInstanceOf(StoreUnavailable);
  expect(() => store.database('claims')).toThrow(StoreUnavailable);
});

test('a reader a little behind, whose changes are read by their keys, is told the same as one that walks', async () => {
  const store = await open();
  const claims = store.database('claims');
  const revs = new Map<string, string>();
  const write = async (id: string, deleted = false): Promise<void> => {
    const [outcome] = await claims.write([{ id, rev: revs.get(id), body: { id }, deleted }]);
    if (outcome?.type === 'written') revs.set(id, outcome.rev);
  };
  for (const id of ['a', 'b', 'c', 'd', 'a', 'c', 'a']) await write(id);
  await write('b', true);
  // What is left of older states goes, so that the feed has gaps.
  await claims.compact?.();
  await write('e');
  const whole = await claims.changes({ since: null, limit: 1000, includeDocs: true });
  expect(whole.changes.map(({ id }) => id)).toEqual(['d', 'c', 'a', 'b', 'e']);
  for (let since = 0; since <= 9; since++) {
    const byKey = await claims.changes({ since: seqFromText(String(since)), limit: 1000, includeDocs: true });
    expect(byKey.caughtUp).toBe(true);
    const walked = [];
    for (let at = seqFromText(String(since)); ;) {
      const page = await claims.changes({ since: at, limit: 1, includeDocs: true });
      walked.push(...page.changes);
      at = page.lastSeq;
      if (page.caughtUp) break;
    }
    expect(byKey.changes).toEqual(walked);
    expect(byKey.changes).toEqual(whole.changes.filter(({ seq }) => Number(seq) > since));
  }
  await store.close();
});
