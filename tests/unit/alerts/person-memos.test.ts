import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPersonMemos, rememberedSubscriptions, type PersonMemos } from '#server/alerts/person-memos.ts';
import { createSubscriptions } from '#server/alerts/subscriptions.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { Database, DocumentStore, FollowOptions } from '#server/store/port.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { deviceId, people, storyStart } from '#tests/builders.ts';
import { createTestClock, type TestClock } from '#tests/server.ts';

const who = people.head.id;
let folder: string;
let store: DocumentStore;
let clock: TestClock;
let memos: PersonMemos;
let reads: PersonId[];
let answer: () => Promise<string>;
let fail: (error: unknown) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hc-memos-'));
  store = await openEmbeddedStore({ folder, designDocuments: [] });
  clock = createTestClock(storyStart);
  const accounts = store.database('accounts');
  const followed: Pick<Database, 'follow'> = {
    follow(options: FollowOptions) {
      fail = (error) => options.onError?.(error);
      return accounts.follow(options);
    },
  };
  memos = createPersonMemos({
    accounts: Object.assign(Object.create(accounts) as Database, followed),
    since: await accounts.position(),
    clock,
    logger: pino({ level: 'silent' }),
  });
  reads = [];
  answer = () => Promise.resolve('known');
});
afterEach(async () => {
  await memos.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const reader = () =>
  memos.remember((person) => {
    reads.push(person);
    return answer();
  });

it('reads once for each person and each question', async () => {
  const [one, two] = [reader(), reader()];
  await Promise.all([one(who), one(who), two(who), one(people.receiver.id)]);
  await one(who);
  expect(reads).toEqual([who, who, people.receiver.id]);
});

it('what another gateway writes about somebody is read anew, of nobody else', async () => {
  const read = reader();
  await read(who);
  await read(people.receiver.id);
  await store
    .database('accounts')
    .write([{ id: `session:${who}:${deviceId('other')}`, body: { kind: 'x' } }]);
  await expect.poll(() => read(who).then(() => reads.filter((one) => one === who).length)).toBe(2);
  await read(people.receiver.id);
  expect(reads.filter((one) => one === people.receiver.id)).toHaveLength(1);
});

it('what was being read while it changed is not remembered', async () => {
  const read = reader();
  let settle = (_value: string): void => undefined;
  answer = () => new Promise((resolve) => (settle = resolve));
  const before = read(who);
  memos.forget(who);
  settle('as it was before');
  await before;
  answer = () => Promise.resolve('as it is');
  expect(await read(who)).toBe('as it is');
});

it('a failure is not remembered, nor anything while the feed is interrupted or for longer than half a minute', async () => {
  const read = reader();
  answer = () => Promise.reject(new Error('away'));
  await expect(read(who)).rejects.toThrow('away');
  answer = () => Promise.resolve('there');
  await expect.poll(() => read(who).catch(() => 'still away')).toBe('there');
  const known = reads.length;
  fail(new Error('cut'));
  await read(who);
  expect(reads).toHaveLength(known + 1);
  clock.advance(29_999);
  await read(who);
  expect(reads).toHaveLength(known + 1);
  clock.advance(1);
  await read(who);
  expect(reads).toHaveLength(known + 2);
});

it('FM-36 an own change of a subscription counts at once', async () => {
  const stored = createSubscriptions(store.database('accounts'));
  const subscriptions = rememberedSubscriptions(stored, memos);
  const endpoints = async () => (await subscriptions.reachable(who)).map((one) => one.subscription.endpoint);
  const device = deviceId('phone');
  const put = (endpoint: string) =>
    subscriptions.put({
      person: who,
      device,
      deviceKind: 'personal',
      subscription: { endpoint, keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } },
      at: storyStart,
    });
  expect(await endpoints()).toEqual([]);
  await put('https://push.test/one');
  expect(await endpoints()).toEqual(['https://push.test/one']);
  await put('https://push.test/two');
  expect(await endpoints()).toEqual(['https://push.test/two']);
  await subscriptions.remove(who, device, { endpoint: 'https://push.test/two' });
  expect(await endpoints()).toEqual([]);
});
