import { afterEach, beforeEach, expect, it } from 'vitest';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import { chunkBytes } from '#shared/attachment/limits.ts';
import { consultId, people } from '#tests/builders.ts';
import { createTestScheduler, testDirectory, TestTablet } from '#tests/http/sync/gateway.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '#tests/server.ts';
import { announce, bulkDocs, fetchChunk, revOfChunk, revsDiff, testFile, uploadOf } from './sealed-files.ts';

const consult = consultId('one');
const servers: TestServer[] = [];
const products: Product[] = [];

async function gateway(options: TestServerOptions): Promise<TestServer> {
  const server = await startTestServer({
    ...options,
    modules: [
      async (parts) => {
        const product = await openProduct(parts, { scheduler: createTestScheduler() });
        products.push(product);
        return product;
      },
    ],
  });
  servers.push(server);
  return server;
}
beforeEach(async () => {
  const first = await gateway({ directory: testDirectory });
  await gateway({ store: first.store, keys: first.keys, clock: first.clock });
  await first.addAccount(people.requester.id, 'asks@hospital.test');
  await first.addAccount(people.cardiologist.id, 'answers@hospital.test');
});
afterEach(async () => {
  // The first has the store.
  for (const server of servers.splice(0).reverse()) await server.close();
  products.length = 0;
});

const at = async (which: 0 | 1, email: string): Promise<TestTablet> => {
  const server = servers[which];
  if (server === undefined) throw new Error('no such gateway');
  return new TestTablet(await server.signIn(email), server);
};

it('CON-10 entry, chunks and reading may each go through another gateway', async () => {
  const here = await at(0, 'asks@hospital.test');
  const there = await at(1, 'asks@hospital.test');
  await here.begin(consult);
  const file = testFile(consult, 'scan', 2 * chunkBytes + 5);
  await announce(here, file);
  const send = async (tablet: TestTablet, chunk: number): Promise<unknown> =>
    (await bulkDocs(tablet, [uploadOf(file, chunk)])).json();
  expect(await send(there, 2)).toEqual([]);
  expect(await send(here, 0)).toEqual([]);
  const asked = Object.fromEntries(file.ids.map((id, chunk) => [id, [revOfChunk(file, chunk)]]));
  expect(Object.keys((await (await revsDiff(there, asked)).json()) as object)).toEqual([file.ids[1]]);
  // Both send the last one at the same moment.
  expect(await Promise.all([send(there, 1), send(here, 1)])).toEqual([[], []]);
  for (const product of products) await product.sync.caughtUp();
  for (const which of [0, 1] as const) {
    const reader = await at(which, 'answers@hospital.test');
    const parts = await Promise.all(
      file.ids.map(async (id) => Buffer.from(await (await fetchChunk(reader, id)).arrayBuffer())),
    );
    expect(Buffer.concat(parts).equals(file.bytes)).toBe(true);
  }
});
