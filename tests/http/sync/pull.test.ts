import type { Database } from '#server/store/port.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsultId } from '#shared/lib/id.ts';
import {
  consultId,
  departments,
  membership,
  patientContent,
  patientId,
  people,
  requestContent,
  uuidOf,
} from '#tests/builders.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

let gateway: Gateway;
let requester: TestTablet;
let cardiologist: TestTablet;

beforeEach(async () => {
  gateway = await startGateway();
  requester = await gateway.tablet(people.requester);
  cardiologist = await gateway.tablet(people.cardiologist);
});
afterEach(() => gateway.close());

/** Consults of Medicine to Cardiology, or between two departments Cardiology has no part in. */
async function submitMany(
  count: number,
  to = departments.cardiology.id,
  name = 'many',
): Promise<ConsultId[]> {
  const ids = Array.from({ length: count }, (_, at) => consultId(`${name} ${at}`));
  await requester.push([
    requester.writePatient('registered', { content: patientContent() }, { id: uuidOf('reg') as never }),
  ]);
  for (let from = 0; from < ids.length; from += 50) {
    await requester.push(
      ids
        .slice(from, from + 50)
        .map((document) =>
          requester.write(
            'submitted',
            { content: requestContent({ receivingDepartment: to }), linked: [] },
            { document },
          ),
        ),
    );
  }
  await gateway.sync.caughtUp();
  return ids.sort();
}

describe('first sync', () => {
  it('FM-24 walks the scope in full pages, open ones first, and ends at a tail', async () => {
    const ids = await submitMany(25);
    const ended = ids[3]!;
    await requester.push([requester.write('cancelled', undefined, { document: ended, lamport: 9, base: 3 })]);
    await gateway.sync.caughtUp();
    const first = await cardiologist.pullOnce('consults', 10);
    expect(first).toMatchObject({
      caughtUp: false,
      restarted: false,
      checkpoint: { at: { phase: 'snapshot' } },
    });
    expect(first.documents).toHaveLength(10);
    await cardiologist.pull('consults', 10);
    expect(cardiologist.ids('consults')).toEqual(ids);
    expect(cardiologist.told.at(-1)?.id).toBe(ended);
    expect(cardiologist.checkpoints.get('consults')?.at.phase).toBe('tail');
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true, count: 25 });
  });

  it('E5 E6 fills pages whatever lies between: a run of foreign consults hides nothing', async () => {
    const before = await submitMany(6, departments.cardiology.id, 'before');
    await cardiologist.pull('consults', 3);
    await submitMany(40, departments.surgery.id, 'foreign');
    const after = await submitMany(6, departments.cardiology.id, 'after');
    await cardiologist.pull('consults', 3);
    expect(cardiologist.ids('consults')).toEqual([...before, ...after].sort());
    const surgeon = await gateway.tablet(people.surgeon);
    await surgeon.pull('consults', 7);
    expect(surgeon.ids('consults')).toHaveLength(40);
  });

  it('E7 loses nothing that is written between two pages', async () => {
    await submitMany(12);
    await cardiologist.pullOnce('consults', 5);
    const more = await submitMany(3, departments.cardiology.id, 'late');
    await requester.push([
      requester.write('note-added', undefined, { document: more[0]!, lamport: 9, base: 3 }),
    ]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults', 5);
    expect(cardiologist.ids('consults')).toHaveLength(15);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true });
  });

  it('sends patients and the directory to those concerned', async () => {
    await submitMany(1);
    for (const name of ['patients', 'directory'] as const) await cardiologist.pull(name);
    expect(cardiologist.ids('patients')).toEqual([patientId('one')]);
    expect(cardiologist.ids('directory')).toContain(people.radiologist.id);
    const radiologist = await gateway.tablet(people.radiologist);
    for (const name of ['patients', 'consults', 'alerts'] as const) {
      await radiologist.pull(name);
      expect(radiologist.told.map((document) => document.id)).not.toContain(patientId('one'));
    }
  });
});

describe('the tail', () => {
  it('tells only what changed, and nothing at all of what was never in scope', async () => {
    await submitMany(2);
    await cardiologist.pull('consults');
    cardiologist.told.length = 0;
    const foreign = await submitMany(3, departments.surgery.id, 'foreign');
    expect(await cardiologist.pull('consults')).toBe(1);
    expect(cardiologist.told).toEqual([]);
    const [one] = foreign;
    const surgical = await gateway.tablet(people.surgicalReceiver);
    await surgical.push([
      surgical.write(
        'redirected',
        { department: departments.cardiology.id, reason: 'Cardiac.' },
        { document: one!, lamport: 9, base: 3 },
      ),
    ]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    expect(cardiologist.told.map((document) => document.id)).toEqual([one]);
  });

  it('brings a patient when a consult about them enters the scope, though the patient did not change', async () => {
    const [one] = await submitMany(1, departments.surgery.id);
    await cardiologist.pull('patients');
    expect(cardiologist.ids('patients')).toEqual([]);
    const surgical = await gateway.tablet(people.surgicalReceiver);
    await surgical.push([
      surgical.write(
        'redirected',
        { department: departments.cardiology.id, reason: 'Cardiac.' },
        { document: one!, lamport: 9, base: 3 },
      ),
    ]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('patients');
    expect(cardiologist.ids('patients')).toEqual([patientId('one')]);
  });

  it('E8 removes a patient who left the department by a tombstone without content', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    await gateway.sync.caughtUp();
    const nurse = await gateway.tablet(people.requestingNurse);
    await nurse.pull('patients');
    expect(nurse.ids('patients')).toEqual([patientId('one')]);
    await requester.push([
      requester.writePatient(
        'moved',
        { ward: 'Ward 9', bed: '1', department: departments.surgery.id },
        { lamport: 2, base: 1 },
      ),
    ]);
    await gateway.sync.caughtUp();
    nurse.told.length = 0;
    await nurse.pull('patients');
    expect(nurse.told).toEqual([{ id: patientId('one'), gone: true }]);
  });

  it('is cut into pages and told to the end', async () => {
    const ids = await submitMany(3);
    await cardiologist.pull('consults');
    await submitMany(20, departments.cardiology.id, 'more');
    const pages = await cardiologist.pull('consults', 6);
    expect(pages).toBe(4);
    expect(cardiologist.ids('consults')).toHaveLength(20 + ids.length);
  });
});

describe('scope', () => {
  it('FM-5 begins anew when the person moves, tells what to drop, and comes back when they return', async () => {
    const ids = await submitMany(4);
    await cardiologist.pull('consults');
    const moved = { ...people.cardiologist, memberships: [membership(departments.surgery.id, 'doctor')] };
    await gateway.server.putDirectory([moved]);
    await cardiologist.pull('consults');
    expect(cardiologist.restarts).toBe(1);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: false, count: 0 });
    const answer = await cardiologist.compare('consults');
    expect(answer).toMatchObject({ fetch: [], offerBack: [] });
    expect([...answer.drop].sort()).toEqual(ids);
    cardiologist.held.consults.clear();
    await gateway.server.putDirectory([people.cardiologist]);
    await cardiologist.pull('consults');
    expect(cardiologist.ids('consults')).toEqual(ids);
  });

  it("lets what ended long ago age out by the server's clock, and never when the directory is not loaded", async () => {
    const [one] = await submitMany(1);
    await requester.push([requester.write('cancelled', undefined, { document: one!, lamport: 9, base: 3 })]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true, count: 1 });
    gateway.server.clock.advance(31 * 86_400_000);
    cardiologist = Object.assign(await gateway.tablet(people.cardiologist), {
      held: cardiologist.held,
      checkpoints: cardiologist.checkpoints,
    });
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: false, count: 0 });
    expect((await cardiologist.compare('consults')).drop).toEqual([one]);
    expect(await cardiologist.fetch('consults', [one!])).toEqual([{ id: one, gone: true }]);
  });

  it('FM-33 looks the same for what is absent and what is forbidden', async () => {
    const [one] = await submitMany(1);
    const radiologist = await gateway.tablet(people.radiologist);
    const none = consultId('none');
    expect(await radiologist.fetch('consults', [one!, none])).toEqual([
      { id: one, gone: true },
      { id: none, gone: true },
    ]);
    const response = await radiologist.post('compare', {
      collection: 'consults',
      held: [
        [one, '3.guess'],
        [none, '3.guess'],
      ],
    });
    expect(await response.json()).toMatchObject({ fetch: [], drop: [one, none], offerBack: [one, none] });
  });
});

describe('healing', () => {
  it('OFF-13 finds a missing and a stale document, and only those', async () => {
    const ids = await submitMany(5);
    await cardiologist.pull('consults');
    const [missing, stale] = ids;
    cardiologist.held.consults.delete(missing!);
    const old = cardiologist.held.consults.get(stale!)!;
    await requester.push([
      requester.write('note-added', undefined, { document: stale!, lamport: 9, base: 3 }),
    ]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    cardiologist.held.consults.set(stale!, old);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: false, count: 5 });
    const answer = await cardiologist.compare('consults');
    expect([...answer.fetch].sort()).toEqual([missing, stale].sort());
    expect(answer).toMatchObject({ drop: [], offerBack: [] });
    await cardiologist.fetch('consults', answer.fetch);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true });
  });

  it('FM-31 takes lost events back by their seals, refuses forged ones, and names a new store epoch', async () => {
    const [one] = await submitMany(1);
    gateway.server.clock.advance(60_000);
    await requester.push([requester.write('note-added', undefined, { document: one!, lamport: 9, base: 3 })]);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    const epoch = gateway.server.parts.epoch.current();
    // The store is set back: the note is gone.
    const database = gateway.server.store.database('consults');
    const stored = (await database.get(one!))!;
    const events = stored.body['events'] as Record<string, unknown>[];
    await database.write([
      { id: one!, rev: stored.rev, body: { ...stored.body, events: events.slice(0, 3) } },
    ]);
    await gateway.sync.caughtUp();

    expect(await cardiologist.check('consults')).toMatchObject({ agrees: false });
    expect((await cardiologist.compare('consults')).offerBack).toEqual([one]);
    const forged = { ...events[3]!, id: uuidOf('forged'), body: { kind: 'plan', text: 'Never written.' } };
    const offer = await cardiologist.post('offer', {
      collection: 'consults',
      documents: [{ id: one, events: [...events, forged] }],
    });
    expect(await offer.json()).toMatchObject({
      taken: [{ id: one, restored: 1, refused: [uuidOf('forged')] }],
    });
    expect(await gateway.events('consults', one!)).toEqual(events);
    expect(gateway.server.parts.epoch.current()).not.toBe(epoch);
    await cardiologist.pull('consults');
    expect(cardiologist.restarts).toBe(1);
    expect(await cardiologist.check('consults')).toMatchObject({ agrees: true });
  });

  it('answers for events whose answer was lost, to their author alone', async () => {
    const [one] = await submitMany(1);
    const event = requester.write('note-added', undefined, { document: one!, lamport: 9, base: 3 });
    const [accepted] = await requester.push([event]);
    await gateway.sync.caughtUp();
    const ids = [event.id, uuidOf('never sent')];
    const answers = (await (await requester.post('receipts', { ids })).json()) as unknown;
    expect(answers).toMatchObject({ outcomes: [accepted, null] });
    expect(await (await cardiologist.post('receipts', { ids })).json()).toMatchObject({
      outcomes: [null, null],
    });
  });
});

describe('two gateways on one store', () => {
  it('FM-24 let a tablet change between them in the middle of a first sync and of a tail', async () => {
    const second = await startGateway({ beside: gateway });
    const ids = await submitMany(23);
    await cardiologist.pullOnce('consults', 5);
    const elsewhere = await second.tablet(people.cardiologist);
    let there = cardiologist.at(elsewhere.session, second.server);
    await there.pullOnce('consults', 5);
    const more = await submitMany(4, departments.cardiology.id, 'meanwhile');
    await there.pullOnce('consults', 5);
    let here = there.at((await gateway.tablet(people.cardiologist)).session, gateway.server);
    await here.pull('consults', 5);
    expect(here.ids('consults')).toEqual([...ids, ...more].sort());
    expect(here.restarts + there.restarts).toBe(0);

    await requester.push([
      requester.write('note-added', undefined, { document: ids[0]!, lamport: 9, base: 3 }),
    ]);
    there = here.at((await second.tablet(people.cardiologist)).session, second.server);
    await there.pull('consults', 5);
    here = there.at((await gateway.tablet(people.cardiologist)).session, gateway.server);
    expect(await here.check('consults')).toMatchObject({ agrees: true, count: 27 });
    await second.close();
  });

  it('E16 a gateway that reads a document newer than its place in the feed still tells it to who stands in between', async () => {
    const [one] = await submitMany(1);
    await cardiologist.pull('consults');
    await cardiologist.pull('patients');
    let isFirst = true;
    const { store } = gateway.server;
    const consults = store.database('consults');
    // As CouchDB does with include_docs: the rows of then, with the documents of now.
    const changes: Database['changes'] = async (query) => {
      if (!isFirst || query.includeDocs !== true) return consults.changes(query);
      isFirst = false;
      const page = await consults.changes(query);
      await requester.push([
        requester.write('note-added', undefined, { document: one!, lamport: 9, base: 3 }),
      ]);
      const rows = page.changes.map(async (change) => {
        const doc = await consults.get(change.id);
        return doc === null ? change : { ...change, doc };
      });
      return { ...page, changes: await Promise.all(rows) };
    };
    const ahead = new Proxy(consults, {
      get(target, key: keyof Database) {
        if (key === 'changes') return changes;
        const member: unknown = Reflect.get(target, key, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const second = await startGateway({
      beside: gateway,
      store: {
        database: (name) => (name === 'consults' ? ahead : store.database(name)),
        close: () => Promise.resolve(),
      },
    });
    const there = cardiologist.at((await second.tablet(people.cardiologist)).session, second.server);
    await there.pull('consults');
    expect(await there.check('consults')).toMatchObject({ agrees: true, count: 1 });
    await second.close();
  });

  it('E16 a feed that goes back to before a gateway began still names what changed there', async () => {
    const { store } = gateway.server;
    const consults = store.database('consults');
    const before = await consults.position();
    await submitMany(1);
    await cardiologist.pull('consults');
    await submitMany(1, departments.cardiology.id, 'later');
    const goesBack = new Proxy(consults, {
      get(target, key: keyof Database) {
        if (key === 'follow')
          return (options: Parameters<Database['follow']>[0]) =>
            consults.follow({ ...options, since: before });
        const member: unknown = Reflect.get(target, key, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const second = await startGateway({
      beside: gateway,
      store: {
        database: (name) => (name === 'consults' ? goesBack : store.database(name)),
        close: () => Promise.resolve(),
      },
    });
    const there = cardiologist.at((await second.tablet(people.cardiologist)).session, second.server);
    await second.sync.caughtUp();
    await there.pull('consults');
    expect(await there.check('consults')).toMatchObject({ agrees: true, count: 2 });
    await second.close();
  });

  it('accept the same event at the same time once, and different ones both', async () => {
    const second = await startGateway({ beside: gateway });
    const [one] = await submitMany(1);
    const colleague = await gateway.tablet(people.requesterColleague);
    const elsewhere = colleague.at((await second.tablet(people.requesterColleague)).session, second.server);
    const event = elsewhere.write('note-added', undefined, { document: one!, lamport: 9, base: 3 });
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () =>
        requester.push([requester.write('note-added', undefined, { document: one!, lamport: 9, base: 3 })]),
      ),
      ...Array.from({ length: 5 }, () => elsewhere.push([event])),
    ]);
    const outcomes = answers.flat().map((each) => each.outcome);
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(6);
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(4);
    const events = await gateway.events('consults', one!);
    expect(events.map((each) => each.n)).toEqual(events.map((_event, at) => at + 1));
    expect(events).toHaveLength(9);
    await second.close();
  });

  it('answer a made-up place with a new beginning, never with an error', async () => {
    await submitMany(2);
    await cardiologist.pull('consults');
    const checkpoint = cardiologist.checkpoints.get('consults')!;
    for (const seq of ['999999', 'nonsense', '{"a":1}', '["x","y"]']) {
      for (const collection of ['consults', 'patients'] as const) {
        const body = { collection, limit: 10, checkpoint: { ...checkpoint, at: { phase: 'tail', seq } } };
        const answer = await cardiologist.post('pull', body);
        expect(answer.status).toBe(200);
        expect(await answer.json()).toMatchObject({ restarted: true });
      }
    }
  });
});
