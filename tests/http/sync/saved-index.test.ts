import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { consultId, people } from '#tests/builders.ts';
import { startGateway, type Gateway } from './gateway.ts';

let folder: string;
let snapshotPath: string;
let first: Gateway;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-index-'));
  snapshotPath = join(folder, 'index');
  first = await startGateway();
});
afterEach(async () => {
  await first.close();
  await rm(folder, { recursive: true });
});

/** Another file each time it is written: it is put in the place of the one before. */
const file = async (): Promise<number> => (await stat(snapshotPath)).ino;
async function startAndStop(): Promise<void> {
  const gateway = await startGateway({ beside: first, snapshotPath });
  await gateway.sync.settled();
  await gateway.sync.stop();
  await gateway.close();
}

it('the index is written after a start, and not again while nothing has changed', async () => {
  const requester = await first.tablet(people.requester);
  await requester.begin(consultId('one'));
  await startAndStop();
  const before = await file();
  await startAndStop();
  expect(await file()).toBe(before);

  await requester.begin(consultId('two'));
  await startAndStop();
  expect(await file()).not.toBe(before);
});
