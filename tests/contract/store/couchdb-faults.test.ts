import { afterEach, beforeEach, expect, test } from 'vitest';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import {
  StoreUnavailable,
  type Database,
  type DocumentStore,
  type ExportedLeaf,
} from '#server/store/port.ts';
import { openCouchStore } from '#server/store/couchdb.ts';
import type { CouchServer } from '#tests/couchdb-server/server.ts';
import type { Fault } from '#tests/couchdb-server/faults.ts';
import { collect } from './collect.ts';
import { couchHarness } from './harness.ts';

let server: CouchServer;
let store: DocumentStore;
let claims: Database;
let discard: () => Promise<void>;

beforeEach(async () => {
  const harness = await couchHarness();
  ({ server, discard } = harness);
  store = await harness.open([]);
  claims = store.database('claims');
});
afterEach(async () => {
  await store.close();
  await discard();
});

const failing: [string, Fault][] = [
  ['500', { type: 'status', status: 500, error: 'internal_server_error' }],
  ['503', { type: 'status', status: 503, error: 'service_unavailable' }],
  ['429', { type: 'status', status: 429, error: 'too_many_requests' }],
  ['an answer cut in the middle', { type: 'cut' }],
  ['a connection that breaks before the answer', { type: 'lost-answer' }],
];

test.each(failing)(
  'a read that meets %s throws StoreUnavailable, and the next one works',
  async (_what, fault) => {
    await claims.write([{ id: 'one', body: { a: 1 } }]);
    void server.faults.plan('POST', /_all_docs$/, fault);
    await expect(claims.getMany(['one'])).rejects.toMatchObject({
      name: 'StoreUnavailable',
      retryable: true,
    });
    expect((await claims.get('one'))?.body).toEqual({ a: 1 });
  },
);

test.each(failing)(
  'a write that meets %s throws StoreUnavailable instead of an outcome',
  async (_what, fault) => {
    void server.faults.plan('POST', /_bulk_docs$/, fault);
    await expect(claims.write([{ id: 'one', body: { a: 1 } }])).rejects.toBeInstanceOf(StoreUnavailable);
  },
);

test('a write whose answer was lost may be there: reading back says so', async () => {
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'lost-answer' });
  await expect(claims.write([{ id: 'one', body: { a: 1 } }])).rejects.toBeInstanceOf(StoreUnavailable);
  expect((await claims.get('one'))?.body).toEqual({ a: 1 });
  expect(await claims.write([{ id: 'one', body: { a: 1 } }])).toEqual([{ type: 'conflict', id: 'one' }]);
});

test('no error carries what was written or the password', async () => {
  const url = server.url.replace('//', '//admin:s3cret@');
  const other = await openCouchStore({ url, designDocuments: [] });
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'status', status: 404, error: 'not_found' });
  const error: unknown = await other
    .database('claims')
    .write([{ id: 'one', body: { name: 'Jane Roe' } }])
    .catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(StoreUnavailable);
  const everything: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    everything.push(String(at.stack), JSON.stringify(at));
  expect(everything.join()).not.toMatch(/Jane|s3cret|YWRtaW4/);
  await other.close();
});

test('no id of a document stands in an address', async () => {
  const seen: string[] = [];
  const watched = await openCouchStore({ url: server.url, designDocuments: [] });
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    seen.push(input instanceof Request ? input.url : String(input));
    return original(input, init);
  };
  try {
    const database = watched.database('claims');
    await database.write([{ id: 'secret-id', body: {} }]);
    await database.get('secret-id', { conflicts: true });
    await database.leaves('secret-id');
    await database.scan({ startKey: 'secret-id', limit: 1 });
  } finally {
    globalThis.fetch = original;
    await watched.close();
  }
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.join()).not.toContain('secret-id');
});

test('a conflict answered by the store is an outcome, not an error', async () => {
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'conflict' });
  expect(await claims.write([{ id: 'one', body: {} }])).toEqual([{ type: 'conflict', id: 'one' }]);
});

test('a batch that is refused whole is halved until the one it means stands alone', async () => {
  const tooLarge: Fault = { type: 'status', status: 413, error: 'document_too_large' };
  void server.faults.plan('POST', /_bulk_docs$/, tooLarge);
  void server.faults.plan('POST', /_bulk_docs$/, tooLarge);
  void server.faults.plan('POST', /_bulk_docs$/, tooLarge);
  const outcomes = await claims.write(['a', 'b', 'c', 'd'].map((id) => ({ id, body: {} })));
  expect(outcomes.map(({ type }) => type)).toEqual(['rejected', 'written', 'written', 'written']);
  expect((await claims.scan({ startKey: '', limit: 9 })).map(({ id }) => id)).toEqual(['b', 'c', 'd']);
});

test('a 202 is unproven for every row of the answer', async () => {
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'accepted' });
  const outcomes = await claims.write(['a', 'b'].map((id) => ({ id, body: {} })));
  expect(outcomes.map(({ type }) => type)).toEqual(['unproven', 'unproven']);
});

test('a 202 that kept two leaves: both gateways read back the same holder, and one leaf is left', async () => {
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'accepted', secondLeaf: { holder: 'gateway-2' } });
  const [outcome] = await claims.write([{ id: 'step-1', body: { holder: 'gateway-1' } }]);
  expect(outcome?.type).toBe('unproven');
  expect(await claims.leaves('step-1')).toHaveLength(2);
  const both = await Promise.all([1, 2].map(() => resolveConflicts(claims, 'step-1', documentMerges.claims)));
  expect(both.map((document) => document?.body)).toEqual([{ holder: 'gateway-1' }, { holder: 'gateway-1' }]);
  expect(await claims.leaves('step-1')).toHaveLength(1);
});

test('a 202 that was lost is seen by reading back', async () => {
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'accepted-and-lost' });
  const [outcome] = await claims.write([{ id: 'step-1', body: {} }]);
  expect(outcome?.type).toBe('unproven');
  expect(await claims.get('step-1', { conflicts: true })).toBeNull();
});

test('a merge that was only taken with a 202 and lost does not remove the loser', async () => {
  const leaf = (letter: string, marks: string[]): ExportedLeaf => ({
    id: 'split',
    rev: `1-${letter.repeat(32)}`,
    revisions: [letter.repeat(32)],
    deleted: false,
    body: { marks },
  });
  await claims.importLeaves([leaf('a', ['a']), leaf('b', ['b'])]);
  const union = (leaves: readonly { body: Record<string, unknown> }[]) => ({
    marks: [...new Set(leaves.flatMap(({ body }) => body['marks'] as string[]))].sort(),
  });
  void server.faults.plan('POST', /_bulk_docs$/, { type: 'accepted-and-lost' });
  expect((await resolveConflicts(claims, 'split', union))?.body).toEqual({ marks: ['a', 'b'] });
  expect(await claims.leaves('split')).toHaveLength(1);
});

test('a store that is away is said to be so, and found again', async () => {
  await claims.write([{ id: 'one', body: {} }]);
  await server.stop();
  await expect(claims.get('one')).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(openCouchStore({ url: server.url, designDocuments: [] })).rejects.toBeInstanceOf(
    StoreUnavailable,
  );
  await server.start();
  // A connection of before may still be in the pool; the caller tries again.
  await expect
    .poll(() =>
      claims.get('one').then(
        (document) => document?.id,
        () => null,
      ),
    )
    .toBe('one');
});

test('a request that hangs ends at its limit', async () => {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  const hasty = await openCouchStore({ url: server.url, designDocuments: [], requestTimeoutMs: 200 });
  void server.faults.plan('POST', /_all_docs$/, { type: 'slow', until });
  await expect(hasty.database('claims').get('one')).rejects.toBeInstanceOf(StoreUnavailable);
  release();
  await hasty.close();
});

const feedFaults: [string, Fault][] = [
  ...failing,
  ['404', { type: 'status', status: 404, error: 'not_found' }],
  ['401', { type: 'status', status: 401, error: 'unauthorized' }],
];
test.each(feedFaults)('the feed goes on after %s and misses nothing', async (_what, fault) => {
  const seen = collect();
  const errors: unknown[] = [];
  await claims.write([{ id: 'before', body: {} }]);
  const struck = server.faults.plan('GET', /_changes$/, fault);
  const following = claims.follow({
    since: null,
    onChange: seen.onChange,
    onError: (error) => errors.push(error),
  });
  await struck;
  await claims.write([{ id: 'during', body: {} }]);
  await seen.until((have) => have.has('before') && have.has('during'));
  await following.stop();
  expect(errors.length).toBeGreaterThan(0);
});

test('the feed survives a restart of the store in the middle of waiting', async () => {
  const seen = collect();
  let failed = (): void => undefined;
  const broken = new Promise<void>((resolve) => (failed = resolve));
  const following = claims.follow({
    since: await claims.position(),
    onChange: seen.onChange,
    onError: () => failed(),
  });
  await claims.write([{ id: 'one', body: {} }]);
  await seen.until((have) => have.has('one'));
  await server.stop();
  await broken;
  await server.start();
  await expect
    .poll(() =>
      claims.write([{ id: 'two', body: {} }]).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  await seen.until((have) => have.has('two'));
  await following.stop();
  expect(seen.ids().filter((id) => id === 'one')).toHaveLength(1);
});

test('a feed whose connection is dead is noticed and opened anew', async () => {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  const watchful = await openCouchStore({
    url: server.url,
    designDocuments: [],
    feedTimeoutMs: 100,
    feedGraceMs: 100,
    followBackOff: { firstMs: 5, mostMs: 5 },
  });
  const seen = collect();
  const struck = server.faults.plan('GET', /_changes$/, { type: 'slow', until });
  const following = watchful.database('claims').follow({ since: null, onChange: seen.onChange });
  await struck;
  await claims.write([{ id: 'one', body: {} }]);
  await seen.until((have) => have.has('one'));
  release();
  await watchful.close();
  await following.stop();
});
