import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSealedStore, type SealedStore } from '#server/attachments/sealed-store.ts';
import { backupLines, restoreBackup } from '#server/ops/backup-stream.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { chunkRange } from '#shared/attachment/chunks.ts';
import { chunkBytes } from '#shared/attachment/limits.ts';
import type { NamedFile } from '#shared/attachment/named-files.ts';
import { consultId, eventId, fileId, people, storyStart } from '#tests/builders.ts';
import { couchHarness, embeddedHarness, type StoreHarness } from '#tests/contract/store/harness.ts';
import { createTestClock } from '#tests/server.ts';

const consult = consultId('one');
const at = storyStart;

function fileOf(name: string, sizeBytes: number): { named: NamedFile; bytes: Buffer } {
  const bytes = Buffer.alloc(sizeBytes, createHash('sha512').update(name).digest());
  const named: NamedFile = {
    file: fileId(name),
    digest: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes,
    key: '',
    author: people.requester.id,
    event: eventId(name),
    isAccepted: true,
    part: 'whole',
  };
  return { named, bytes };
}
const chunkOf = ({ named, bytes }: ReturnType<typeof fileOf>, chunk: number): Buffer => {
  const range = chunkRange(named.sizeBytes, chunk);
  return bytes.subarray(range?.start, range?.end);
};

describe.each<[string, () => Promise<StoreHarness>]>([
  ['the embedded store', embeddedHarness],
  ['CouchDB through nano', couchHarness],
])('sealed files in %s', (_name, harnessOf) => {
  let harness: StoreHarness;
  let store: DocumentStore;
  let files: SealedStore;

  beforeEach(async () => {
    harness = await harnessOf();
    store = await harness.open([]);
    files = createSealedStore(store.database('attachments'));
  });
  afterEach(async () => {
    await store.close();
    await harness.discard();
  });
  const put = (file: ReturnType<typeof fileOf>, chunk: number, bytes = chunkOf(file, chunk)) =>
    files.put({ consult, file: file.named.file, chunk, bytes, storedAt: at });
  const readAll = async (from: SealedStore, file: ReturnType<typeof fileOf>, chunks: number) =>
    Buffer.concat(
      await Promise.all(
        Array.from({ length: chunks }, async (_, chunk) => {
          const bytes = await from.read(consult, file.named.file, chunk);
          return bytes ?? Buffer.alloc(0);
        }),
      ),
    );

  test('a file is given only when it is whole, in whatever order its chunks came', async () => {
    const file = fileOf('scan', 2 * chunkBytes + 9);
    for (const chunk of [2, 0]) {
      await put(file, chunk);
      expect(await files.settle(consult, file.named, at)).toBe('not-yet');
    }
    expect(await files.read(consult, file.named.file, 0)).toBeNull();
    expect([...(await files.held(consult, file.named.file)).digests.keys()].sort()).toEqual([0, 2]);
    await put(file, 1);
    expect(await files.settle(consult, file.named, at)).toBe('whole');
    expect((await readAll(files, file, 3)).equals(file.bytes)).toBe(true);
    expect(await files.read(consult, file.named.file, 3)).toBeNull();
    expect(await files.settle(consult, file.named, at)).toBe('whole');
  });

  test('the same chunk twice at once is one; another in its place takes it', async () => {
    const file = fileOf('photo', 5_000);
    await Promise.all([put(file, 0), put(file, 0)]);
    expect(await store.database('attachments').count()).toBe(1);
    const other = Buffer.alloc(5_000, 1);
    await put(file, 0, other);
    expect(await store.database('attachments').count()).toBe(1);
    expect(await files.settle(consult, file.named, at)).toBe('wrong-digest');
    expect(await store.database('attachments').count()).toBe(0);
    await put(file, 0);
    expect(await files.settle(consult, file.named, at)).toBe('whole');
  });

  test('two that settle at once agree', async () => {
    const file = fileOf('photo', 5_000);
    await put(file, 0);
    const settled = await Promise.all([1, 2, 3].map(() => files.settle(consult, file.named, at)));
    expect(settled).toEqual(['whole', 'whole', 'whole']);
  });

  test('files are walked each once, page by page; what is removed is gone with all its chunks', async () => {
    const all = ['a', 'b', 'c'].map((name) => fileOf(name, chunkBytes * 2 + 1));
    for (const file of all) for (const chunk of [0, 1, 2]) await put(file, chunk);
    const seen: string[] = [];
    for (let last = (await files.filesAfter(null, 2)).slice(); last.length > 0;) {
      seen.push(...last.map(({ file, storedAt }) => `${file} ${storedAt ?? ''}`));
      last = (await files.filesAfter(last.at(-1) ?? null, 2)).slice();
    }
    expect(seen.sort()).toEqual(all.map(({ named }) => `${named.file} ${at}`).sort());
    const [first] = all;
    if (first === undefined) throw new Error('no file');
    expect(await files.settle(consult, first.named, at)).toBe('whole');
    await files.remove(consult, first.named.file);
    expect(await files.read(consult, first.named.file, 0)).toBeNull();
    expect((await files.held(consult, first.named.file)).digests.size).toBe(0);
    expect(await files.filesAfter(null, 9)).toHaveLength(2);
  });

  test('a backup brings them back, byte for byte, into either store', async () => {
    const file = fileOf('scan', 20 * chunkBytes + 1);
    for (let chunk = 0; chunk <= 20; chunk++) await put(file, chunk);
    await files.settle(consult, file.named, at);
    const clock = createTestClock();
    const lines: string[] = [];
    for await (const line of backupLines(store, clock)) lines.push(line);
    // No line holds more than a few of them, however many there are.
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(10 * chunkBytes * 1.4);
    const other = await embeddedHarness();
    const restored = await other.open([]);
    try {
      async function* read(): AsyncGenerator<string> {
        yield* lines;
        await Promise.resolve();
      }
      expect((await restoreBackup(restored, read(), clock)).ok).toBe(true);
      const again = createSealedStore(restored.database('attachments'));
      expect((await readAll(again, file, 21)).equals(file.bytes)).toBe(true);
    } finally {
      await restored.close();
      await other.discard();
    }
  });
});
