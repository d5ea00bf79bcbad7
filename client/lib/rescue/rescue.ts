import type { Seal } from '$lib/db/seal.ts';
import { databaseName } from '$lib/db/database-name.ts';
import { msToInstant, type Instant } from '#shared/lib/instant.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { bringIn, type BringInOptions } from './bring-in.ts';
import type { DatabasesHere } from './databases-here.ts';
import { openSafely, type Openable, type OpeningParts, type Rescue } from './open-safely.ts';
import { deleteRawDatabase, readRawDatabase } from './raw-database.ts';
import { salvage, type Salvaged } from './salvage.ts';
import { openRead, type OpenedRead } from './unseal.ts';

export interface RescueParts {
  readonly factory: IDBFactory;
  /** Of the person's present key. */
  readonly seal: Seal;
  /** One window at a time. */
  readonly alone: <R>(name: string, run: () => Promise<R>) => Promise<R>;
  readonly now: () => Instant;
}

/** No database could be opened on this tablet, old or new; `salvaged` is in memory alone. */
export class NothingOpens extends Error {
  override readonly name = 'NothingOpens';
  readonly person: string;
  readonly salvaged: Salvaged;
  constructor(person: string, salvaged: Salvaged, cause: unknown) {
    super('no database of this person can be opened', { cause });
    this.person = person;
    this.salvaged = salvaged;
  }
}

/** All of it was read and written elsewhere; what still lies there in the clear is not to stay. */
const isToGo = (read: OpenedRead): boolean => read.isClear && read.whole && read.lost === 0;

export function createRescue({ factory, seal, alone, now }: RescueParts): Rescue {
  const read = async (person: string, generation: number): Promise<OpenedRead> =>
    openRead(await readRawDatabase(factory, databaseName(person, generation)), seal);

  async function sweep(person: string, databases: DatabasesHere, store: TabletStore): Promise<void> {
    for (const generation of databases.of(person).aside) {
      try {
        const aside = await read(person, generation);
        const { isEmptied } = await bringIn(store, aside, { at: now(), setAside: true });
        if (!isEmptied && !isToGo(aside)) continue;
        await deleteRawDatabase(factory, databaseName(person, generation));
        databases.letGo(person, generation);
      } catch {
        // The storage did not take it, or could not be asked: it stays aside, and is looked at again at the next start.
      }
    }
  }

  async function openAnew<T extends Openable>(parts: OpeningParts<T>): Promise<T> {
    const { person, keyId, databases } = parts;
    const { generation } = databases.of(person);
    const damaged = await read(person, generation);
    const next = generation + 1;
    try {
      const opened = await parts.open(next, async (store) => {
        await bringIn(store, damaged, { at: now(), setAside: true });
        await sweep(person, databases, store);
      });
      databases.moveOn(person, next, keyId);
      return opened;
    } catch (cause) {
      throw new NothingOpens(person, salvage(damaged), cause);
    }
  }

  /** A failure may have been of a moment: the same database once more, read to its end where it was the reading that failed. */
  async function tryAgain<T extends Openable>(parts: OpeningParts<T>): Promise<T | null> {
    const { person, databases } = parts;
    const { generation, suspect } = databases.of(person);
    try {
      const opened = await parts.open(generation, () => Promise.resolve());
      if (!suspect || (await opened.readable)) {
        databases.suspect(person, false);
        return opened;
      }
      await opened.close();
    } catch {
      // It is damaged, then.
    }
    return null;
  }

  /** null: there is nothing to move. Nothing was damaged: the words move under the present key, and what lay in the clear goes. Killed at any point, it begins again. */
  async function sealAnew<T extends Openable>(parts: OpeningParts<T>): Promise<T | null> {
    const { person, keyId, databases } = parts;
    const { generation } = databases.of(person);
    const before = await read(person, generation);
    if (!before.isThere || before.isOurs) {
      databases.beginSealed(person, keyId);
      return null;
    }
    const next = generation + 1;
    const isQuiet = before.whole && before.lost === 0;
    const options = (): BringInOptions => ({ at: now(), setAside: !isQuiet, isQuiet });
    const held: { store: TabletStore | null } = { store: null };
    let opened: T;
    try {
      opened = await parts.open(next, async (store) => {
        held.store = store;
        await bringIn(store, before, options());
        await sweep(person, databases, store);
      });
    } catch (cause) {
      throw new NothingOpens(person, salvage(before), cause);
    }
    databases.moveOn(person, next, keyId);
    if (held.store !== null && isToGo(before)) await letGoOf(held.store, generation, parts, options());
    return opened;
  }

  /** Windows of an earlier build wrote there until they heard of the move: what they wrote comes along. */
  async function letGoOf(
    store: TabletStore,
    generation: number,
    { person, databases }: Pick<OpeningParts<Openable>, 'person' | 'databases'>,
    options: BringInOptions,
  ): Promise<void> {
    try {
      const last = await read(person, generation);
      await bringIn(store, last, options);
      if (!isToGo(last)) return;
      await deleteRawDatabase(factory, databaseName(person, generation));
      databases.letGo(person, generation);
    } catch {
      // It stays aside, and is looked at again at the next start.
    }
  }

  const inTurn = <T>(person: string, run: () => Promise<T>): Promise<T> => alone(`hc-rescue:${person}`, run);
  return {
    sweep,
    rescue: (parts) => inTurn(parts.person, async () => (await tryAgain(parts)) ?? (await openAnew(parts))),
    async seal(parts) {
      const sealed = await inTurn(parts.person, async () => {
        // Another window was faster.
        const isDone = parts.databases.of(parts.person).keyId === parts.keyId;
        return isDone ? null : sealAnew(parts);
      });
      return sealed ?? openSafely(parts);
    },
    async tellDamaged(store) {
      try {
        const outbox = (await store.damaged?.()) ?? [];
        await bringIn(store, { outbox, workspace: [], lost: 0, whole: true }, { at: now(), setAside: false });
      } catch {
        // Told at the next start.
      }
    },
  };
}

/** In this browser. Without Web Locks two windows may both rescue: ids decide, and nothing is lost by it. */
export function browserRescue(seal: Seal): Rescue {
  return createRescue({
    factory: indexedDB,
    seal,
    alone: (name, run) => ('locks' in navigator ? navigator.locks.request(name, run) : run()),
    now: () => msToInstant(Date.now()),
  });
}
