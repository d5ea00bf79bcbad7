import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';

// Imported before PouchDB, which looks for its browser once. It knows one IndexedDB in a process; Node has no blobs that this one gives back as
// they were, so PouchDB is told of a browser that keeps base64.
Reflect.set(globalThis, 'indexedDB', new IDBFactory());
Reflect.set(globalThis, 'IDBKeyRange', IDBKeyRange);
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Chrome/42.0' }, configurable: true });

/** Where all tablets of the process keep their files, each under names of its own. */
export const filesFactory = globalThis.indexedDB;
