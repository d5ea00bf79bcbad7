import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb';
import { RxDBLeaderElectionPlugin } from 'rxdb/plugins/leader-election';
import { carelessCheckpoints } from './careless-checkpoints.ts';
import { databaseName } from './database-name.ts';
import {
  alertsSchema,
  consultsSchema,
  directorySchema,
  outboxSchema,
  patientsSchema,
  workspaceSchema,
  type StoredAlert,
  type StoredConsult,
  type StoredDocument,
  type StoredOutboxEntry,
  type StoredPatient,
} from './schemas.ts';

// dev-mode is never loaded: it prints clinical documents and adds an iframe of another origin.
addRxPlugin(RxDBLeaderElectionPlugin);

export interface TabletCollections {
  readonly consults: RxCollection<StoredConsult>;
  readonly patients: RxCollection<StoredPatient>;
  readonly directory: RxCollection<StoredDocument>;
  readonly alerts: RxCollection<StoredAlert>;
  readonly outbox: RxCollection<StoredOutboxEntry>;
  readonly workspace: RxCollection<StoredDocument>;
}
export type TabletDatabase = RxDatabase<TabletCollections>;
// The engine's own words for its settings are loose; this is all we hand it.
export type Storage = RxStorage<unknown, unknown>;

const dayMs = 24 * 60 * 60 * 1000;

export interface OpenDatabaseOptions {
  readonly person: string;
  /** Which of their databases: 0 unless an earlier one was damaged. */
  readonly generation?: number;
  readonly storage: Storage;
  /** Several windows may have it open. Off only where there is one by nature (tests, a worker). */
  readonly multiInstance: boolean;
}

/** Opens it, creating what is missing. Throws when the storage is off (private mode), corrupt, or of a newer build. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<TabletDatabase> {
  const database: TabletDatabase = await createRxDatabase<TabletCollections>({
    name: databaseName(options.person, options.generation),
    storage: carelessCheckpoints(options.storage),
    multiInstance: options.multiInstance,
    eventReduce: true,
    closeDuplicates: true,
    // Tombstones have no content; they go after a day (clean-up.ts).
    cleanupPolicy: { minimumDeletedTime: dayMs },
  });
  try {
    await database.addCollections({
      consults: { schema: consultsSchema },
      patients: { schema: patientsSchema },
      directory: { schema: directorySchema },
      alerts: { schema: alertsSchema },
      outbox: { schema: outboxSchema },
      workspace: { schema: workspaceSchema },
    });
  } catch (error) {
    // Half open it would be in the way of the next try; that it does not close either changes nothing.
    await database.close().catch(() => undefined);
    throw error;
  }
  return database;
}
