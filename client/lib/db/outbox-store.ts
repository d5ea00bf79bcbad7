import { createRxDatabase, type RxCollection } from 'rxdb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { databaseName } from './database-name.ts';
import { outboxEntries } from './outbox-entry.ts';
import { createOwnCollection } from './own-collection.ts';
import {
  outboxRecord,
  outboxSchema,
  workspaceSchema,
  type StoredDocument,
  type StoredOutboxEntry,
} from './schemas.ts';
import type { OutboxStore } from '$lib/sync/push-loop.ts';

/**
 * The outbox and the workspace notes of one person's database, opened beside the app's own windows through the same engine: behind its back
 * they would hear of nothing. Consults and patients stay closed, so that the worker carries no rules of theirs.
 */
export async function openOutboxStore(
  person: string,
  storage = getRxStorageDexie(),
  generation = 0,
): Promise<OutboxStore & { close(): Promise<void> }> {
  const database = await createRxDatabase<{
    outbox: RxCollection<StoredOutboxEntry>;
    workspace: RxCollection<StoredDocument>;
  }>({
    name: databaseName(person, generation),
    storage,
    multiInstance: true,
    closeDuplicates: true,
  });
  await database.addCollections({ outbox: { schema: outboxSchema }, workspace: { schema: workspaceSchema } });
  const outbox = createOwnCollection(database.outbox);
  const workspace = createOwnCollection(database.workspace);
  return {
    async outbox() {
      return outboxEntries(await outbox.all());
    },
    saveToOutbox: (entries) =>
      outbox.save(
        entries.map((entry) => ({ id: entry.id, order: entry.order, record: outboxRecord(entry) })),
      ),
    removeFromOutbox: (ids) => outbox.remove(ids),
    putNote: (key, value) => workspace.save([{ id: key, record: { value } }]),
    async close() {
      outbox.close();
      workspace.close();
      await database.close();
    },
  };
}
