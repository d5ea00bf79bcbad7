import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDesignDocuments } from '#server/store/design-documents.ts';
import {
  databaseNames,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
  type FollowOptions,
  type Seq,
} from '#server/store/port.ts';
import { consultId, people } from '#tests/builders.ts';
import { embeddedHarness, type StoreHarness } from '#tests/contract/store/harness.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

const one = consultId('one');
const two = consultId('two');

/** A store behind one name that can be set back to a copy while servers run on it, as when a database machine is restored. */
function createReplaceableStore(first: DocumentStore): {
  store: DocumentStore;
  readonly replaceWith: (other: DocumentStore) => Promise<void>;
} {
  let present = first;
  const follows = new Set<{ restart(): Promise<void> }>();

  function follow(name: DatabaseName, options: FollowOptions): Following {
    let since: Seq | null = options.since;
    const begin = (): Following =>
      present.database(name).follow({
        ...options,
        since,
        async onChange(page) {
          await options.onChange(page);
          since = page.lastSeq;
        },
      });
    let following = begin();
    const own = {
      async restart() {
        await following.stop();
        following = begin();
      },
    };
    follows.add(own);
    return {
      async stop() {
        follows.delete(own);
        await following.stop();
      },
    };
  }

  const databaseOf = (name: DatabaseName): Database =>
    new Proxy(present.database(name), {
      get(_first, key: keyof Database) {
        if (key === 'follow') return (options: FollowOptions) => follow(name, options);
        const database = present.database(name);
        const member: unknown = Reflect.get(database, key, database);
        return typeof member === 'function' ? (member.bind(database) as unknown) : member;
      },
    });
  const databases = new Map(databaseNames.map((name) => [name, databaseOf(name)]));
  return {
    store: { database: (name) => databases.get(name)!, close: () => present.close() },
    async replaceWith(other) {
      present = other;
      await Promise.all([...follows].map((one) => one.restart()));
    },
  };
}

let harnesses: StoreHarness[];
let opened: DocumentStore[];
let replaceable: ReturnType<typeof createReplaceableStore>;
let gateway: Gateway;
let requester: TestTablet;
let cardiologist: TestTablet;

const openOne = async (): Promise<DocumentStore> => {
  const harness = await embeddedHarness();
  harnesses.push(harness);
  const store = await harness.open(await loadDesignDocuments());
  opened.push(store);
  return store;
};
async function copyOf(store: DocumentStore): Promise<DocumentStore> {
  const copy = await openOne();
  for (const name of databaseNames) {
    for await (const leaves of store.database(name).exportLeaves())
      await copy.database(name).importLeaves(leaves);
  }
  return copy;
}

beforeEach(async () => {
  [harnesses, opened] = [[], []];
  replaceable = createReplaceableStore(await openOne());
  gateway = await startGateway({ store: replaceable.store });
  requester = await gateway.tablet(people.requester);
  cardiologist = await gateway.tablet(people.cardiologist);
});
afterEach(async () => {
  await gateway.close();
  for (const store of opened) await store.close();
  for (const harness of harnesses) await harness.discard();
});

describe('a store set back under a running gateway', () => {
  it('FM-31 gets a new epoch by itself, tablets begin again and give back what was lost, with its stamps', async () => {
    await requester.begin(one);
    await gateway.sync.caughtUp();
    const backup = await copyOf(opened[0]!);

    await requester.begin(two);
    const acknowledged = cardiologist.write('acknowledged', undefined, {
      document: one,
      lamport: 4,
      base: 3,
    });
    await cardiologist.push([acknowledged]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    const lost = { one: await gateway.events('consults', one), two: await gateway.events('consults', two) };
    const stream = await cardiologist.stream();
    await stream.nextOf('hello');
    const epoch = gateway.server.parts.epoch.current();

    await replaceable.replaceWith(backup);
    // Said last, when the index has been built anew.
    await stream.nextOf('scope');
    expect(gateway.server.parts.epoch.current()).not.toBe(epoch);
    while (gateway.sync.state().phase !== 'ready') await stream.nextOf('scope');
    expect(await gateway.events('consults', two)).toEqual([]);

    // Before a pull replaces what is held: a tablet keeps what only it has.
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: false, count: 1 });
    const { offerBack, drop } = await cardiologist.compare('consults');
    expect([[...offerBack].sort(), drop]).toEqual([[one, two].sort(), [two]]);
    const documents = [
      { id: one, events: lost.one },
      { id: two, events: lost.two },
    ];
    const offer = await cardiologist.post('offer', { collection: 'consults', documents });
    expect(await offer.json()).toMatchObject({
      taken: [
        { id: one, restored: lost.one.length - 3, refused: [] },
        { id: two, restored: lost.two.length, refused: [] },
      ],
    });
    expect(await gateway.events('consults', one)).toEqual(lost.one);
    expect(await gateway.events('consults', two)).toEqual(lost.two);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    expect(cardiologist.restarts).toBe(1);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true, count: 2 });
    await stream.close();
  });
});
