import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAttachments } from '#server/attachments/open-attachments.ts';
import { openProduct } from '#server/compose/product-module.ts';
import { attachmentsPath } from '#shared/attachment/protocol.ts';
import { consultId, people } from '#tests/builders.ts';
import { createTestScheduler, testDirectory, TestTablet } from '#tests/http/sync/gateway.ts';
import { startTestServer, type TestServer } from '#tests/server.ts';
import { announce, bulkDocs, fetchChunk, testFile, upload, uploadOf } from './sealed-files.ts';

let server: TestServer;
let author: TestTablet;
const consult = consultId('one');

/** A gateway at which a person may send 3,000 bytes and fetch 2,000 before they have to wait. */
beforeEach(async () => {
  server = await startTestServer({
    directory: testDirectory,
    modules: [
      async (parts) => {
        const scheduler = createTestScheduler();
        const product = await openProduct(parts, { scheduler });
        const { features } = openAttachments(parts, product.sync, {
          scheduler,
          limits: { upload: { burst: 3_000, perSecond: 100 }, download: { burst: 2_000, perSecond: 100 } },
        });
        const others = (product.features ?? []).filter(({ path }) => path !== attachmentsPath);
        return { ...product, features: [...others, ...features] };
      },
    ],
  });
  await server.addAccount(people.requester.id, 'one@hospital.test');
  author = new TestTablet(await server.signIn('one@hospital.test'), server);
  await author.begin(consult);
});
afterEach(() => server.close());

const reasons = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { reason: string }[]).map(({ reason }) => reason);

it('who sends more than anybody needs waits, and what they send then is taken', async () => {
  const [first, second] = [testFile(consult, 'first', 2_000), testFile(consult, 'second', 2_000)];
  await announce(author, first);
  await announce(author, second);
  expect(await reasons(await bulkDocs(author, [uploadOf(first), uploadOf(second)]))).toEqual(['too-much']);
  // What is there already costs nothing.
  expect(await reasons(await bulkDocs(author, [uploadOf(first)]))).toEqual([]);
  server.clock.advance(10_000);
  expect(await reasons(await bulkDocs(author, [uploadOf(second)]))).toEqual([]);
});

it('who fetches more than anybody reads hears when to come again', async () => {
  const file = testFile(consult, 'photo', 1_500);
  await announce(author, file);
  await upload(author, file);
  const [id = ''] = file.ids;
  expect((await fetchChunk(author, id)).status).toBe(200);
  const refused = await fetchChunk(author, id);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  server.clock.advance(10_000);
  expect((await fetchChunk(author, id)).status).toBe(200);
});
