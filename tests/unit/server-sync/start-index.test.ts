import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { saveSnapshot } from '#server/sync/index-snapshot.ts';
import { RecentEvents } from '#server/sync/recent-events.ts';
import { startIndex } from '#server/sync/start-index.ts';
import { Story } from '#tests/builders.ts';

let folder: string;
let store: DocumentStore;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-index-'));
  store = await openEmbeddedStore({ folder: join(folder, 'store'), designDocuments: [] });
  path = join(folder, 'cache', 'index');
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const read: number[] = [];
const start = (storeEpoch = 'epoch') => {
  read.length = 0;
  return startIndex({
    store,
    logger: pino({ level: 'silent' }),
    storeEpoch,
    recent: new RecentEvents(),
    snapshotPath: path,
    onProgress: (documents) => read.push(documents),
  });
};
async function put(name: string): Promise<string> {
  const story = new Story(name).submitted();
  const body = { kind: 'consult', id: story.id, events: [...story.events] };
  await store.database('consults').write([{ id: story.id, body }]);
  return story.id;
}
const save = async ({ index, places }: Awaited<ReturnType<typeof start>>, storeEpoch = 'epoch') =>
  saveSnapshot(path, index, { storeEpoch, places });

describe('starting the index', () => {
  it('reads the whole store once, and afterwards only what came since it was saved', async () => {
    await put('one');
    const cold = await start();
    expect(cold.index.consults.size).toBe(1);
    await save(cold);
    const two = await put('two');
    const warm = await start();
    expect(read.at(-1)).toBe(1);
    expect([...warm.index.consults.all()].map((entry) => entry.id)).toContain(two);
    expect(warm.index.consults.size).toBe(2);
    expect(warm.storeIsBehind).toBe(false);
  });

  it.each([
    ['of another store epoch', () => start('other')],
    [
      'broken off',
      async () => {
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.slice(0, -12));
        return start();
      },
    ],
    [
      'of another version',
      async () => {
        const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -2);
        const older = `${lines.join('\n').replace(/"version":\d+/, '"version":1')}\n`;
        const digest = createHash('sha256').update(older).digest('hex');
        await writeFile(path, `${older}["end","${digest}"]\n`);
        return start();
      },
    ],
    [
      'changed in one place',
      async () => {
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.replace('department:', 'departmemt:'));
        return start();
      },
    ],
    ['empty', () => writeFile(path, '').then(() => start())],
  ])('does not believe a file that is %s', async (_why, startAgain) => {
    await put('one');
    await save(await start());
    const again = await startAgain();
    expect(again.index.consults.size).toBe(1);
    expect(read.at(-1)).toBe(1);
  });

  it('sees that the store was set back, and says so', async () => {
    await put('one');
    const first = await start();
    await put('two');
    await save(await start());
    expect(first.storeIsBehind).toBe(false);
    await store.close();
    await rm(join(folder, 'store'), { recursive: true });
    store = await openEmbeddedStore({ folder: join(folder, 'store'), designDocuments: [] });
    await put('one');
    const after = await start();
    expect(after.storeIsBehind).toBe(true);
    expect(after.index.consults.size).toBe(1);
  });

  it('goes on where a cold rebuild was cut off', async () => {
    await put('one');
    const half = await start();
    await saveSnapshot(path, half.index, { storeEpoch: 'epoch', places: { consults: half.places.consults } });
    await put('two');
    const whole = await start();
    expect(whole.index.consults.size).toBe(2);
    expect(read).toContain(1);
  });
});
