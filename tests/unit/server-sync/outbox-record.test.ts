import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { createOutboxRecord, type OutboxOwner } from '#server/sync/outbox-record.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { deviceId, personId } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';

const logger = pino({ level: 'silent' });
const at = (minutes: number) => msToInstant(minutes * 60_000);

it('a report counts from the moment it was given, also while the store is still writing it', async () => {
  const store = createMemoryStore();
  const meta = store.database('meta');
  const write = meta.write.bind(meta);
  let release: () => void = () => undefined;
  const heldUp = new Promise<void>((resolve) => (release = resolve));
  const record = createOutboxRecord({ meta, logger });
  const owner: OutboxOwner = { person: personId('asker'), device: deviceId('ward') };
  record.report(owner, 0, at(0));
  await record.idle();

  const storing = vi.spyOn(meta, 'write').mockImplementationOnce(async (writes) => {
    await heldUp;
    return write(writes);
  });
  record.report(owner, 0, at(30));
  await vi.waitFor(() => expect(storing).toHaveBeenCalled());
  expect(await record.lastEmptyAt(owner)).toBe(at(30));
  release();
  await record.idle();
  expect(await record.lastEmptyAt(owner)).toBe(at(30));
  await store.close();
});
