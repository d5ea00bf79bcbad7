import type { Storage } from './open-database.ts';

/** Where RxDB keeps what it remembers of one replication; its word, fixed. */
const replicationMeta = 'rx-replication-meta-';

/**
 * RxDB does not watch over the writing of its own checkpoints: where one fails, on a full disk, it says nothing to anybody and never
 * pulls again until the app is restarted. They are not needed here (the pull loop proves its own), so such a failure is let pass.
 */
export function carelessCheckpoints(storage: Storage): Storage {
  return {
    ...storage,
    async createStorageInstance(parameters) {
      const instance = await storage.createStorageInstance(parameters);
      if (!parameters.collectionName.startsWith(replicationMeta)) return instance;
      const write = instance.bulkWrite.bind(instance);
      instance.bulkWrite = (rows, context) => write(rows, context).catch(() => ({ error: [] }));
      return instance;
    },
  };
}
