import {
  StoreUnavailable,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
} from '#server/store/port.ts';
import { during, type Activity } from './activity.ts';
import type { Bustle } from './bustle.ts';
import type { Weather } from './faults.ts';
import type { Chance } from './random.ts';
import type { ProgramTime } from './virtual-time.ts';

export interface GatewayStoreParts {
  readonly name: string;
  readonly bustle: Bustle;
  readonly store: DocumentStore;
  readonly time: ProgramTime;
  readonly weather: Weather;
  readonly chance: Chance;
  readonly activity: Activity;
}

const never = <T>(): Promise<T> => new Promise(() => undefined);
const latestFeedMs = 8_000;
const longestAwayMs = 20_000;

/** One gateway's way to the store: it can be away, keep its answers to itself, and tell late what changed. A dead gateway does nothing more. */
export function openGatewayStore(parts: GatewayStoreParts): DocumentStore & { kill(): void } {
  const { store, time, weather, chance, activity, bustle, name } = parts;
  const followings = new Set<Following>();
  let isAway = false;

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    if (time.isDead()) return never();
    if (!isAway && weather.strikes('store-away')) {
      isAway = true;
      void time.sleep(chance.int(500, longestAwayMs)).then(() => (isAway = false));
    }
    if (isAway && !weather.isClear()) throw new StoreUnavailable('the simulation says so');
    const answer = await during(activity, `${name} at its store`, work);
    return time.isDead() ? never() : answer;
  }

  const wrap = (database: Database): Database => ({
    name: database.name,
    get: (id, options) => ask(() => database.get(id, options)),
    getMany: (ids) => ask(() => database.getMany(ids)),
    write: (writes) =>
      ask(async () => {
        const outcomes = await database.write(writes);
        if (writes.length > 0) bustle.note('writes', `${name} in ${database.name}`);
        if (writes.length > 0 && weather.strikes('write-unknown')) {
          throw new StoreUnavailable('written, but the answer was lost');
        }
        return outcomes;
      }),
    changes: (query) => ask(() => database.changes(query)),
    follow(options) {
      let stopNow: () => void = () => undefined;
      let isStopped = false;
      const stopping = new Promise<void>((resolve) => (stopNow = resolve));
      const following = database.follow({
        ...options,
        async onChange(page) {
          if (weather.strikes('feed-late')) {
            // A stop must not wait for virtual time.
            await Promise.race([time.sleep(chance.int(50, latestFeedMs)), stopping]);
          }
          if (!isStopped && !time.isDead()) await options.onChange(page);
        },
      });
      const mine: Following = {
        async stop() {
          isStopped = true;
          stopNow();
          followings.delete(mine);
          await following.stop();
        },
      };
      followings.add(mine);
      return mine;
    },
    leaves: (id) => ask(() => database.leaves(id)),
    removeLeaves: (id, revs) => ask(() => database.removeLeaves(id, revs)),
    view: (name, query) => ask(() => database.view(name, query)),
    position: () => ask(() => database.position()),
    count: () => ask(() => database.count()),
    scan: (query) => ask(() => database.scan(query)),
    exportLeaves: () => database.exportLeaves(),
    importLeaves: (leaves) => ask(() => database.importLeaves(leaves)),
  });
  const wrapped = new Map<DatabaseName, Database>();

  return {
    database(name) {
      let database = wrapped.get(name);
      if (database === undefined) {
        database = wrap(store.database(name));
        wrapped.set(name, database);
      }
      return database;
    },
    close: () => Promise.resolve(),
    kill() {
      time.kill();
      for (const following of followings) void following.stop();
    },
  };
}
