import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadDesignDocuments } from '#server/store/design-documents.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import { quarantineAnswerSchema } from '#shared/sync/quarantine.ts';
import { consultId, departments, people, uuidOf } from '#tests/builders.ts';
import { couchHarness } from '#tests/contract/store/harness.ts';
import type { CouchServer } from '#tests/couchdb-server/server.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

/** Sync over CouchDB's own protocol, with a store that fails in the ways a cluster and its network do. */

const consultWrites = /^\/hc-consults\/_bulk_docs$/;
const one = consultId('one');

let couch: CouchServer;
let store: DocumentStore;
let gateway: Gateway;
let requester: TestTablet;

beforeEach(async () => {
  const harness = await couchHarness();
  couch = harness.server;
  store = await harness.open(await loadDesignDocuments());
  gateway = await startGateway({ store });
  requester = await gateway.tablet(people.requester);
});
afterEach(async () => {
  await gateway.close();
  await store.close();
  await couch.close();
});

const noteBy = (tablet: TestTablet) =>
  tablet.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
const pushRaw = (tablet: TestTablet, event: unknown) =>
  tablet.post('push', {
    sentAt: gateway.server.clock.now(),
    unsentAfter: 0,
    items: [{ event, clockJumped: false }],
  });
/** An event as another gateway could have stored it at the same moment. */
function writtenElsewhere(events: readonly HeldEvent[]): HeldEvent {
  const [first] = events;
  return {
    ...first!,
    id: uuidOf('written elsewhere') as EventId,
    type: 'note-added',
    n: events.length + 1,
    lamport: events.length + 1,
    base: 3,
    seal: 'v1.of-another-gateway',
    body: { kind: 'progress', text: 'Written at the other gateway.' },
  };
}

describe('sync over CouchDB', () => {
  it('takes, hands out and streams, with tablets changing between two gateways', async () => {
    await gateway.tablet(people.cardiologist);
    const second = await startGateway({ beside: gateway, store });
    const there = await second.tablet(people.cardiologist, 'phone');
    const stream = await there.stream();
    await there.pull('consults');
    expect(await requester.begin(one)).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }]);
    for (;;) {
      const change = await stream.nextOf('change');
      if (change.collection === 'consults' && change.documents?.[0]?.id === one) break;
    }
    await there.pull('consults');
    const here = there.at((await gateway.tablet(people.cardiologist)).session, gateway.server);
    await here.pull('consults');
    expect([there.ids('consults'), here.ids('consults'), here.restarts]).toEqual([[one], [one], 0]);
    const acknowledged = there.write('acknowledged', undefined, { document: one, lamport: 4, base: 3 });
    expect(await there.push([acknowledged])).toMatchObject([{ outcome: 'accepted' }]);
    await here.pull('consults');
    expect(await here.check('consults')).toMatchObject({ agrees: true, count: 1 });
    await stream.close();
    await second.close();
  });

  it.each([
    ['answers 500', 'accepted', { type: 'status', status: 500, error: 'internal_server_error' }],
    ['is cut in the middle of its answer', 'duplicate', { type: 'cut' }],
    ['takes it and goes away without an answer', 'duplicate', { type: 'lost-answer' }],
  ] as const)(
    'says nothing it does not know when the store %s: 503, and %s when sent again',
    async (_what, then, fault) => {
      await requester.begin(one);
      const note = noteBy(requester);
      const struck = couch.faults.plan('POST', consultWrites, fault);
      const answer = await pushRaw(requester, note);
      await struck;
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'unavailable' });
      expect(await requester.push([note])).toMatchObject([{ outcome: then, n: 4 }]);
      expect((await gateway.events('consults', one)).map((event) => event.n)).toEqual([1, 2, 3, 4]);
    },
  );

  it('does not take a pull that met a cut answer for the end of the feed', async () => {
    await requester.begin(one);
    await gateway.sync.caughtUp();
    // Nothing of it is in this gateway's memory: the document must be read.
    await gateway.tablet(people.cardiologist);
    const second = await startGateway({ beside: gateway, store });
    const cardiologist = await second.tablet(people.cardiologist);
    await requester.push([noteBy(requester)]);
    await second.sync.caughtUp();
    const struck = couch.faults.plan('POST', /^\/hc-consults\/_all_docs$/, { type: 'cut' });
    const body = { collection: 'consults', checkpoint: null, limit: 10 };
    expect((await cardiologist.post('pull', body)).status).toBe(503);
    await struck;
    await cardiologist.pull('consults');
    expect(cardiologist.ids('consults')).toEqual([one]);
    await second.close();
  });
});

describe('a write the cluster took without proof (202)', () => {
  it('is called accepted only when it was read back: what the cluster lost is written again', async () => {
    await requester.begin(one);
    const note = noteBy(requester);
    const struck = couch.faults.plan('POST', consultWrites, { type: 'accepted-and-lost' });
    expect(await requester.push([note])).toMatchObject([{ outcome: 'accepted', n: 4 }]);
    await struck;
    expect((await gateway.events('consults', one)).map((event) => event.id)).toContain(note.id);
  });

  it('is merged with what was written elsewhere at the same moment, and loses nothing', async () => {
    await requester.begin(one);
    const events = await gateway.events('consults', one);
    const other = writtenElsewhere(events);
    const note = noteBy(requester);
    const secondLeaf = { kind: 'consult', id: one, events: [...events, other] };
    const struck = couch.faults.plan('POST', consultWrites, { type: 'accepted', secondLeaf });
    expect(await requester.push([note])).toMatchObject([{ outcome: 'accepted', n: 4 }]);
    await struck;
    const ids = (await gateway.events('consults', one)).map((event) => event.id);
    expect(ids).toEqual(expect.arrayContaining([note.id, other.id]));
    expect(ids).toHaveLength(5);
    expect(await store.database('consults').leaves(one)).toHaveLength(1);
  });

  it('gives a new consult one reference, though the claim for it was not proven', async () => {
    const struck = couch.faults.plan('POST', /^\/hc-claims\/_bulk_docs$/, { type: 'accepted-and-lost' });
    await requester.begin(one);
    await struck;
    const reference = projectConsult(await gateway.events('consults', one))?.reference;
    const claim = await store.database('claims').get(`ref:${reference ?? ''}`);
    expect(claim?.body['reference']).toBe(reference);
  });
});

describe('two leaves of one consult', () => {
  it('found by the feed become one document with every event of both, and tablets hear of it', async () => {
    await requester.begin(one);
    const cardiologist = await gateway.tablet(people.cardiologist);
    const stream = await cardiologist.stream();
    const events = await gateway.events('consults', one);
    const other = writtenElsewhere(events);
    const note = noteBy(requester);
    await requester.push([note]);
    const hash = 'e'.repeat(32);
    await store.database('consults').importLeaves([
      {
        id: one,
        rev: `1-${hash}`,
        revisions: [hash],
        deleted: false,
        body: { kind: 'consult', id: one, events: [...events, other] },
      },
    ]);
    for (;;) {
      const change = await stream.nextOf('change');
      const held = change.documents?.find((document) => document.id === one);
      if (held !== undefined && 'content' in held && JSON.stringify(held.content).includes(other.id)) break;
    }
    await vi.waitFor(async () => expect(await store.database('consults').leaves(one)).toHaveLength(1));
    const ids = (await gateway.events('consults', one)).map((event) => event.id);
    expect([...ids].sort()).toEqual([...events.map((event) => event.id), note.id, other.id].sort());
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true });
    await stream.close();
  });
});

describe('a gateway whose directory is behind', () => {
  it('judges what it would refuse once more with the directory as the store has it', async () => {
    await requester.begin(one);
    await gateway.sync.settled();
    const directory = store.database('directory');
    let goOn: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    const behind = couch.faults.plan('GET', /^\/hc-directory\/_changes$/, { type: 'slow', until });
    // The request that waits for news is answered by this change; the one after it is held up.
    const held = await directory.get(people.surgeon.id);
    await directory.write([{ id: people.surgeon.id, rev: held?.rev, body: { ...people.surgeon } }]);
    await behind;
    const surgeon = await gateway.tablet(people.surgeon);
    const [first] = people.surgeon.memberships;
    const now = gateway.server.clock.now();
    const joined = { ...first!, department: departments.cardiology.id, primary: false, from: now };
    const present = await directory.get(people.surgeon.id);
    const memberships = [...people.surgeon.memberships, joined];
    await directory.write([
      { id: people.surgeon.id, rev: present?.rev, body: { ...people.surgeon, memberships } },
    ]);
    const outcomes = await surgeon.push([noteBy(surgeon)]);
    goOn();
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }]);
  });
});

describe('a person removed while their push is under way', () => {
  it('hears that what was accepted before is accepted, where the push came twice', async () => {
    await requester.begin(one);
    const note = noteBy(requester);
    await requester.push([note]);
    await gateway.sync.settled();
    let goOn: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    const struck = couch.faults.plan('POST', /^\/hc-meta\/_all_docs$/, { type: 'slow', until });
    const again = requester.push([note]);
    await struck;
    await gateway.server.putDirectory([{ ...people.requester, active: false }]);
    goOn();
    expect(await again).toMatchObject([{ id: note.id, outcome: 'duplicate' }]);
    expect(await gateway.server.store.database('quarantine').count()).toBe(0);
  });

  it('has the events set aside for the heads, and a session that has ended afterwards', async () => {
    await requester.begin(one);
    await gateway.sync.settled();
    let goOn: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    // The first thing a push asks of the store, after its session was recognised.
    const struck = couch.faults.plan('POST', /^\/hc-meta\/_all_docs$/, { type: 'slow', until });
    const note = noteBy(requester);
    const pushing = requester.push([note]);
    await struck;
    await gateway.server.putDirectory([{ ...people.requester, active: false }]);
    goOn();
    expect(await pushing).toEqual([{ id: note.id, outcome: 'quarantined', code: 'author-removed' }]);
    expect(await gateway.events('consults', one)).toHaveLength(3);
    expect((await pushRaw(requester, note)).status).toBe(401);

    const head = await gateway.tablet(people.head);
    const list = quarantineAnswerSchema.parse(await (await head.session.get('/api/sync/quarantine')).json());
    expect(list.events.map(({ code, event }) => [code, event.id])).toEqual([['author-removed', note.id]]);
    const body = { id: list.events[0]?.id, reason: 'Written before the person left.' };
    const released = await head.session.post('/api/sync/quarantine/release', body);
    expect(await released.json()).toMatchObject({ outcome: { outcome: 'accepted' } });
    expect(await gateway.events('consults', one)).toHaveLength(4);
  });
});
