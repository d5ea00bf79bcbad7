import type { CollectionName } from '#shared/sync/protocol.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import type { KeptRoom } from './kept-room.ts';
import { openDatabase, type OpenDatabaseOptions } from './open-database.ts';
import { createOwnCollection } from './own-collection.ts';
import { createPulledCollection, type PulledCollection } from './pulled-collection.ts';
import { damagedEntries, outboxEntries } from './outbox-entry.ts';
import { replicateLater } from './replicate-later.ts';
import { outboxRecord } from './schemas.ts';

/** The tablet store over RxDB: one person's database. */
export async function openRxdbStore(
  options: OpenDatabaseOptions & {
    /** Given up for a person's own words when a save finds none. */
    readonly room?: Pick<KeptRoom, 'giveUp'>;
  },
): Promise<TabletStore> {
  const database = await openDatabase(options);
  const pulled: Readonly<Record<CollectionName, PulledCollection>> = {
    consults: createPulledCollection(database.consults),
    patients: createPulledCollection(database.patients),
    directory: createPulledCollection(database.directory),
    alerts: createPulledCollection(database.alerts),
  };
  const outbox = createOwnCollection(database.outbox, options.room);
  const workspace = createOwnCollection(database.workspace, options.room);

  return {
    replicate(asked) {
      switch (asked.collection) {
        case 'consults':
          return replicateLater(database.consults, asked);
        case 'patients':
          return replicateLater(database.patients, asked);
        case 'directory':
          return replicateLater(database.directory, asked);
        case 'alerts':
          return replicateLater(database.alerts, asked);
      }
    },
    read: (collection, ids) => pulled[collection].read(ids),
    readAll: (collection) => pulled[collection].query({}),
    readOpenConsults: () => pulled.consults.query(where({ open: '1' }, ['open', 'latestFirst'])),
    readEndedConsults: (limit) =>
      pulled.consults.query({
        ...where({ open: '0' }, ['open', 'latestFirst']),
        sort: sortedBy('open', 'latestFirst'),
        limit,
      }),
    readEndedLongestAgo: (limit) =>
      pulled.consults.query({
        ...where({ open: '0' }, ['open', 'latestFirst']),
        sort: [{ open: 'desc' }, { latestFirst: 'desc' }],
        limit,
      }),
    readConsultsOfPatient: (patient) => pulled.consults.query(where({ patient }, ['patient'])),
    readAlertsOfConsult: (consult) => pulled.alerts.query(where({ consult }, ['consult'])),
    count: (collection) => pulled[collection].count(),
    versions: (collection) => pulled[collection].versions(),
    watch: (collection, run) => pulled[collection].watch(run),

    async outbox() {
      return outboxEntries(await outbox.all());
    },
    async damaged() {
      return damagedEntries(await outbox.all());
    },
    saveToOutbox: (entries) =>
      outbox.save(
        entries.map((entry) => ({ id: entry.id, order: entry.order, record: outboxRecord(entry) })),
      ),
    removeFromOutbox: (ids) => outbox.remove(ids),
    watchOutbox: (run) => outbox.watch(({ saved, removed }) => run({ saved: outboxEntries(saved), removed })),

    async note(key) {
      return (await workspace.get(key))?.record['value'];
    },
    async notes(prefix) {
      const all = await workspace.all();
      return new Map(
        all.filter(({ id }) => id.startsWith(prefix)).map(({ id, record }) => [id, record['value']]),
      );
    },
    putNote: (key, value) => workspace.save([{ id: key, record: { value } }]),
    removeNote: (key) => workspace.remove([key]),
    watchNotes: (run) =>
      workspace.watch(({ saved, removed }) => {
        for (const { id, record } of saved) run(id, record['value']);
        for (const id of removed) run(id, undefined);
      }),

    alone: !options.multiInstance,
    async whenLeading() {
      if (options.multiInstance) await database.waitForLeadership();
      if (database.closed) return;
      // What cannot be loaded now is cleaned up after another start.
      void import('./clean-up.ts').then(
        ({ startCleanUp }) => startCleanUp(Object.values(database.collections)),
        () => undefined,
      );
    },
    async close() {
      for (const each of Object.values(pulled)) each.close();
      outbox.close();
      workspace.close();
      await database.close();
    },
  };
}

// Columns differ by collection; the query layer is one for all of them.
type Query = Parameters<PulledCollection['query']>[0];
const where = (selector: Readonly<Record<string, string>>, index: readonly string[]): Query => ({
  selector,
  index: [...index],
});
const sortedBy = (...fields: readonly string[]): NonNullable<Query['sort']> =>
  fields.map((field) => ({ [field]: 'asc' as const }));
