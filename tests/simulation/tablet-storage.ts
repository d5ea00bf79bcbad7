import type { OutboxEntry, TabletStore } from '$lib/sync/tablet-store.ts';

export interface StorageParts {
  readonly isDead: () => boolean;
  /** Time a storage operation takes. */
  readonly pause: () => Promise<void>;
  /** Confirmed by the storage: now it is on this tablet. */
  readonly written: (entry: OutboxEntry) => void;
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** A tablet's storage that takes time and ends in the middle of it: what a dead program asked for is not done, and never answered. */
export function slowStorage(inner: TabletStore, { isDead, pause, written }: StorageParts): TabletStore {
  async function ask<T>(work: () => Promise<T>): Promise<T> {
    if (isDead()) return never();
    await pause();
    if (isDead()) return never();
    const answer = await work();
    return isDead() ? never() : answer;
  }
  const whileAlive =
    <A extends unknown[]>(run: (...args: A) => void) =>
    (...args: A): void => {
      if (!isDead()) run(...args);
    };
  return {
    replicate: (options) =>
      inner.replicate({
        ...options,
        pull: (checkpoint, batchSize) => ask(() => options.pull(checkpoint, batchSize)),
        onWriteError: whileAlive((detail: string) => options.onWriteError(detail)),
      }),
    read: (collection, ids) => ask(() => inner.read(collection, ids)),
    readAll: (collection) => ask(() => inner.readAll(collection)),
    readOpenConsults: () => ask(() => inner.readOpenConsults()),
    readEndedConsults: (limit) => ask(() => inner.readEndedConsults(limit)),
    readConsultsOfPatient: (patient) => ask(() => inner.readConsultsOfPatient(patient)),
    readAlertsOfConsult: (consult) => ask(() => inner.readAlertsOfConsult(consult)),
    count: (collection) => ask(() => inner.count(collection)),
    versions: (collection) => ask(() => inner.versions(collection)),
    watch: (collection, run) => inner.watch(collection, whileAlive(run)),
    outbox: () => ask(() => inner.outbox()),
    saveToOutbox: (entries) =>
      ask(async () => {
        const saved = await inner.saveToOutbox(entries);
        if (saved.ok) for (const entry of entries) written(entry);
        return saved;
      }),
    removeFromOutbox: (ids) => ask(() => inner.removeFromOutbox(ids)),
    watchOutbox: (run) => inner.watchOutbox(whileAlive(run)),
    note: (key) => ask(() => inner.note(key)),
    notes: (prefix) => ask(() => inner.notes(prefix)),
    putNote: (key, value) => ask(() => inner.putNote(key, value)),
    removeNote: (key) => ask(() => inner.removeNote(key)),
    watchNotes: (run) => inner.watchNotes(whileAlive(run)),
    whenLeading: () => inner.whenLeading(),
    close: () => inner.close(),
  };
}
