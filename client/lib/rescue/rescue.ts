import { databaseName } from '$lib/db/database-name.ts';
import { msToInstant, type Instant } from '#shared/lib/instant.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { bringIn } from './bring-in.ts';
import type { DatabasesHere } from './databases-here.ts';
import type { Openable, OpeningParts, Rescue } from './open-safely.ts';
import { deleteRawDatabase, readRawDatabase, type RawRead } from './raw-database.ts';
import { salvage, type Salvaged } from './salvage.ts';

export interface RescueParts {
  readonly factory: IDBFactory;
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

export function createRescue({ factory, alone, now }: RescueParts): Rescue {
  const read = (person: string, generation: number): Promise<RawRead> =>
    readRawDatabase(factory, databaseName(person, generation));

  async function sweep(person: string, databases: DatabasesHere, store: TabletStore): Promise<void> {
    for (const generation of databases.of(person).aside) {
      try {
        const { isEmptied } = await bringIn(store, await read(person, generation), {
          at: now(),
          setAside: true,
        });
        if (!isEmptied) continue;
        await deleteRawDatabase(factory, databaseName(person, generation));
        databases.letGo(person, generation);
      } catch {
        // The storage did not take it, or could not be asked: it stays aside, and is looked at again at the next start.
      }
    }
  }

  async function openAnew<T extends Openable>(parts: OpeningParts<T>): Promise<T> {
    const { person, databases } = parts;
    const { generation } = databases.of(person);
    const damaged = await read(person, generation);
    const next = generation + 1;
    try {
      const opened = await parts.open(next, async (store) => {
        await bringIn(store, damaged, { at: now(), setAside: true });
        await sweep(person, databases, store);
      });
      databases.moveOn(person, next);
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

  return {
    sweep,
    rescue: (parts) =>
      alone(`hc-rescue:${parts.person}`, async () => (await tryAgain(parts)) ?? (await openAnew(parts))),
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
export function browserRescue(): Rescue {
  return createRescue({
    factory: indexedDB,
    alone: (name, run) => ('locks' in navigator ? navigator.locks.request(name, run) : run()),
    now: () => msToInstant(Date.now()),
  });
}
