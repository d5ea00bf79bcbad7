import type PouchDB from 'pouchdb-core';
import type { FileRef } from './file-store.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Files kept to be looked at again, in two databases: the present one takes what comes and what is looked at; when it holds half of what is
 * allowed, the one before it goes as a whole and a new one begins. So what was not looked at for longest goes first, and nothing is deleted
 * one by one, which PouchDB on IndexedDB cannot do without remembering it for ever.
 */
export interface FileCache {
  read(
    ref: FileRef,
    readWhole: (database: PouchDB, ref: FileRef) => Promise<Bytes | null>,
    write: (database: PouchDB, ref: FileRef, sealed: Bytes) => Promise<void>,
  ): Promise<Bytes | null>;
  /** `put` writes into the database it is given; what it takes is counted first. */
  write<T>(ref: FileRef, put: (database: PouchDB) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Of a person's kept files; there are two names, used in turn. */
const keptName = (person: string, which: 0 | 1): string => `hc-files-${person}-kept-${String(which)}`;

const noteId = '_local/kept';

interface Note {
  readonly bytes: number;
  /** The higher began later. */
  readonly begun: number;
}

const isNote = (value: unknown): value is Note & { readonly _rev: string } =>
  typeof value === 'object' &&
  value !== null &&
  'bytes' in value &&
  typeof value.bytes === 'number' &&
  'begun' in value &&
  typeof value.begun === 'number';

export function openCache(options: {
  readonly person: string;
  readonly open: (name: string) => PouchDB;
  readonly limitBytes: number;
}): FileCache {
  const { person, open, limitBytes } = options;
  const databases: [PouchDB, PouchDB] = [open(keptName(person, 0)), open(keptName(person, 1))];
  let present: 0 | 1 | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** Another window may have let one of them go; its name is taken anew. */
  async function refresh(): Promise<void> {
    for (const which of [0, 1] as const) {
      try {
        await databases[which].info();
      } catch {
        // Destroyed or closing: what was in it is gone for every window alike.
        databases[which] = open(keptName(person, which));
        present = null;
      }
    }
  }
  async function noteOf(database: PouchDB): Promise<(Note & { readonly _rev: string }) | null> {
    const note: unknown = await database.get(noteId).catch(() => null);
    return isNote(note) ? note : null;
  }
  async function putNote(database: PouchDB, note: Note): Promise<void> {
    const held = await noteOf(database);
    // Another window counted at the same moment: the count is a guide and no ledger.
    await database
      .put({ _id: noteId, ...note, ...(held === null ? {} : { _rev: held._rev }) })
      .catch(() => undefined);
  }
  async function presentOne(): Promise<0 | 1> {
    if (present !== null) return present;
    const [first, second] = await Promise.all(databases.map(noteOf));
    present = (second?.begun ?? 0) > (first?.begun ?? 0) ? 1 : 0;
    return present;
  }

  /** Makes room for so many bytes and counts them. */
  async function makeRoom(bytes: number): Promise<PouchDB> {
    await refresh();
    const which = await presentOne();
    const note = (await noteOf(databases[which])) ?? { bytes: 0, begun: 1 };
    if (note.bytes > 0 && note.bytes + bytes > limitBytes / 2) {
      const other = which === 0 ? 1 : 0;
      await databases[other].destroy();
      databases[other] = open(keptName(person, other));
      present = other;
      await putNote(databases[other], { bytes, begun: note.begun + 1 });
      return databases[other];
    }
    await putNote(databases[which], { bytes: note.bytes + bytes, begun: note.begun });
    return databases[which];
  }
  /** One after the other: no database goes while another file is being put into it. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = turn.then(run, run);
    turn = next.catch(() => undefined);
    return next;
  }

  const write: FileCache['write'] = (ref, put) => inTurn(async () => put(await makeRoom(ref.sizeBytes)));

  return {
    write,
    async read(ref, readWhole, put) {
      await refresh();
      const which = await presentOne();
      const here = await readWhole(databases[which], ref);
      if (here !== null) return here;
      const before = await readWhole(databases[which === 0 ? 1 : 0], ref);
      // Looked at again: it stays for another round. That it cannot is no reason not to show it.
      if (before !== null) await write(ref, (database) => put(database, ref, before)).catch(() => undefined);
      return before;
    },
    async close() {
      await turn;
      await Promise.all(databases.map((database) => database.close()));
    },
  };
}
