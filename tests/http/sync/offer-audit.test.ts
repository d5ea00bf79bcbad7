import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DocumentStore } from '#server/store/port.ts';
import { consultId, people } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { testKeys } from '#tests/server.ts';
import { changed } from '../../unit/audit/trail.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

const one = consultId('one');
let isAuditAway = false;
let gateway: Gateway;
let requester: TestTablet;

/** A store whose audit does not take anything while it is away. */
function withAudit(store: DocumentStore): DocumentStore {
  const audit = store.database('audit');
  const mortal = changed(audit, {
    write: (writes) => (isAuditAway ? Promise.reject(new Error('the audit is away')) : audit.write(writes)),
  });
  return {
    database: (name) => (name === 'audit' ? mortal : store.database(name)),
    close: () => store.close(),
  };
}

beforeEach(async () => {
  isAuditAway = false;
  gateway = await startGateway({ store: withAudit(createMemoryStore()), keys: testKeys() });
  requester = await gateway.tablet(people.requester);
  await requester.begin(one);
});
afterEach(() => gateway.close());

const offered = async (): Promise<string[]> => {
  const rows = await gateway.server.store.database('audit').view('audit/by-time', { includeDocs: true });
  return rows.flatMap(({ doc }) =>
    doc?.body['action'] === 'sync.offer.consults' ? (doc.body['subjects'] as string[]) : [],
  );
};

it('AUD-1 events that a tablet gives back are in the audit before they are in the record, or not at all', async () => {
  const whole = await gateway.events('consults', one);
  const database = gateway.server.store.database('consults');
  const stored = await database.get(one);
  await database.write([{ id: one, rev: stored?.rev, body: { ...stored?.body, events: whole.slice(0, 2) } }]);
  const offer = () =>
    requester.post('offer', { collection: 'consults', documents: [{ id: one, events: whole }] });

  isAuditAway = true;
  expect((await offer()).status).toBe(500);
  expect(await gateway.events('consults', one)).toHaveLength(2);

  isAuditAway = false;
  expect((await offer()).status).toBe(200);
  expect(await gateway.events('consults', one)).toEqual(whole);
  const told = (await offered()).length;
  expect(told).toBeGreaterThan(0);

  // What is there already is no change, and no entry.
  expect((await offer()).status).toBe(200);
  expect(await offered()).toHaveLength(told);
});
