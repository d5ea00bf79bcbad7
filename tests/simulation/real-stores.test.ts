import { describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { couchHost, embeddedHost, type StoreHost } from './store-hosts.ts';

const stores: readonly (readonly [name: string, count: number, make: () => Promise<StoreHost>])[] = [
  ['embedded', 10, embeddedHost],
  ['couchdb', 5, () => couchHost(null)],
];

/** Short days: real disks and sockets take real time. */
const minutes = 4;

describe.each(stores)('histories on the real store: %s', (name, count, makeStore) => {
  test.each(Array.from({ length: count }, (_, at) => `${name}-${String(at + 1)}`))(
    'nothing is lost, invented or out of scope: %s',
    async (seed) => {
      const result = await runHistory({ seed, minutes, makeStore });
      expect(result.problems).toEqual([]);
      expect(result.events).toBeGreaterThan(5);
    },
  );
});

const url = process.env['COUCHDB_URL'];
describe.runIf(url !== undefined && url !== '')('histories on the CouchDB at COUCHDB_URL', () => {
  test.each(Array.from({ length: 5 }, (_, at) => `real-${String(at + 1)}`))(
    'nothing is lost, invented or out of scope: %s',
    async (seed) => {
      const result = await runHistory({ seed, minutes, makeStore: () => couchHost(url ?? null) });
      expect(result.problems).toEqual([]);
    },
  );
});
