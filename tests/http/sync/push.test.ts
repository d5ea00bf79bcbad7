import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import type { EventId } from '#shared/lib/id.ts';
import { addMs, addMinutes } from '#shared/lib/instant.ts';
import {
  organisation,
  consultId,
  departments,
  eventId,
  patientContent,
  patientId,
  people,
  uuidOf,
} from '#tests/builders.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

let gateway: Gateway;
let requester: TestTablet;
const one = consultId('one');

beforeEach(async () => {
  gateway = await startGateway();
  requester = await gateway.tablet(people.requester);
});
afterEach(() => gateway.close());

describe('accepting', () => {
  it('stamps and seals an event and appends what the server has to say, in one write', async () => {
    const outcomes = await requester.begin(one);
    expect(outcomes.map((each) => each.outcome)).toEqual(['accepted', 'accepted']);
    const events = await gateway.events('consults', one);
    expect(events.map((event) => [event.n, event.type, event.via])).toEqual([
      [1, 'submitted', 'session'],
      [2, 'numbered', 'system'],
      [3, 'clock-snapshot', 'system'],
    ]);
    const consult = projectConsult(events);
    expect(consult?.reference).toBe('CARD-26-00001');
    expect(consult?.clocks?.acknowledged.dueAt).toBe(addMinutes(gateway.server.clock.now(), 30));
    expect(events.every((event) => /^v1\.[\w-]{43}$/.test(event.seal ?? ''))).toBe(true);
    expect(events[2]?.id).toBe(`${events[0]?.id ?? ''}:clock-snapshot`);
    const stored = await gateway.server.store.database('consults').get(one);
    expect(stored?.rev.startsWith('1-')).toBe(true);
  });

  it('gives each consult another reference and keeps it on redirect', async () => {
    await requester.begin(one);
    await requester.begin(consultId('two'));
    const receiver = await gateway.tablet(people.receiver);
    await receiver.push([receiver.write('redirected', undefined, { document: one, lamport: 9, base: 3 })]);
    const first = projectConsult(await gateway.events('consults', one));
    const second = projectConsult(await gateway.events('consults', consultId('two')));
    expect([first?.reference, second?.reference]).toEqual(['CARD-26-00001', 'CARD-26-00002']);
    expect(first?.receivingDepartment).toBe(departments.surgery.id);
    const snapshots = first?.timeline.filter(({ event }) => event.type === 'clock-snapshot') ?? [];
    expect(snapshots.map(({ event }) => event.body['department'])).toEqual([
      departments.cardiology.id,
      departments.surgery.id,
    ]);
  });

  it('assigns an emergency at once and stops no clock by it', async () => {
    await gateway.server.putDirectory([{ ...departments.cardiology, receiver: people.receiver.id }]);
    await requester.begin(one, { urgency: 'emergency' });
    const consult = projectConsult(await gateway.events('consults', one));
    expect(consult?.assignee).toBe(people.receiver.id);
    expect(consult?.assignedBy?.automatic).toBe(true);
    expect(consult?.status).toBe('submitted');
    expect(consult?.clocks?.acknowledged.stoppedAt).toBeNull();
  });

  it('takes a whole chain of acts of one consult in one push, in order', async () => {
    const submitted = requester.write('submitted', undefined, { document: one });
    const note = requester.write('note-added', undefined, { document: one, lamport: 2 });
    const registered = requester.writePatient('registered', { content: patientContent() });
    const outcomes = await requester.push([submitted, note, registered]);
    expect(outcomes.map((each) => each.outcome)).toEqual(['accepted', 'accepted', 'accepted']);
    const events = await gateway.events('consults', one);
    expect(events.map((event) => event.n)).toEqual([1, 2, 3, 4]);
  });

  it('tells listeners once it is stored, with the consult before and after', async () => {
    const heard: string[] = [];
    gateway.sync.onAccepted((accepted) => {
      if (accepted.kind !== 'consult') return;
      const statuses = [accepted.before()?.status, accepted.after()?.status];
      heard.push(
        `${accepted.events.map((event) => event.type).join()} ${statuses.join()} ${accepted.actor?.person ?? ''}`,
      );
    });
    await requester.begin(one);
    const cardiologist = await gateway.tablet(people.cardiologist);
    await cardiologist.push([
      cardiologist.write(
        'acknowledged',
        { promiseMinutes: 15, assignSelf: true },
        { document: one, lamport: 9, base: 3 },
      ),
    ]);
    expect(heard).toEqual([
      `submitted,numbered,clock-snapshot ,submitted ${people.requester.id}`,
      `acknowledged submitted,acknowledged ${people.cardiologist.id}`,
    ]);
  });

  it('FM-15 carries fields of a newer build when it adds to a document', async () => {
    await requester.begin(one);
    const database = gateway.server.store.database('consults');
    const stored = (await database.get(one))!;
    const events = stored.body['events'] as Record<string, unknown>[];
    const newer = {
      ...stored.body,
      colour: 'blue',
      events: events.map((event) => ({ ...event, mood: 'calm' })),
    };
    await database.write([{ id: one, rev: stored.rev, body: newer }]);
    await requester.push([requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 })]);
    const after = (await database.get(one))!.body;
    expect(after['colour']).toBe('blue');
    expect(
      (after['events'] as Record<string, unknown>[]).slice(0, 3).every((event) => event['mood'] === 'calm'),
    ).toBe(true);
  });
});

describe('the same event again', () => {
  it('FM-25 E11 answers a repeated event as duplicate with the stamps it has', async () => {
    await requester.begin(one);
    const note = requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    const [first] = await requester.push([note]);
    gateway.server.clock.advance(60_000);
    const [again] = await requester.push([note]);
    expect(again).toEqual({ ...first, outcome: 'duplicate' });
    expect(await gateway.events('consults', one)).toHaveLength(4);
  });

  it('FM-25 sets the same id with other bytes aside and leaves the record as it was', async () => {
    await requester.begin(one);
    const note = requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    await requester.push([note]);
    const [other] = await requester.push([{ ...note, body: { kind: 'plan', text: 'Something else.' } }]);
    expect(other).toEqual({ id: note.id, outcome: 'quarantined', code: 'other-bytes' });
    expect(await gateway.events('consults', one)).toHaveLength(4);
  });
});

describe('two who knew the same', () => {
  it('E3 E9 E11 both keep what they wrote offline, and each learns what the other did not know', async () => {
    await requester.begin(one);
    const cardiologist = await gateway.tablet(people.cardiologist);
    const at = { document: one, lamport: 4, base: 3 };
    const theirs = cardiologist.write('acknowledged', undefined, at);
    const ours = requester.write('urgency-changed', { to: 'emergency', reason: 'Pain again.' }, at);
    expect(await cardiologist.push([theirs])).toMatchObject([{ outcome: 'accepted' }]);
    expect(await requester.push([ours])).toMatchObject([{ outcome: 'accepted' }]);
    const consult = projectConsult(await gateway.events('consults', one))!;
    const entryOf = (id: string) => consult.timeline.find(({ event }) => event.id === id);
    expect(entryOf(theirs.id)).toMatchObject({ withoutEffect: null, unknownToAuthor: [] });
    expect(entryOf(ours.id)).toMatchObject({ withoutEffect: null, unknownToAuthor: [theirs.id] });
    expect(consult).toMatchObject({ urgency: 'emergency', acknowledgedBy: people.cardiologist.id });
  });
});

describe('events that wait', () => {
  it('FM-26 tells an act on a document that is not here to wait, and takes it when the document came', async () => {
    const submitted = requester.write('submitted', undefined, { document: one });
    const note = requester.write('note-added', undefined, { document: one, lamport: 2 });
    expect(await requester.push([note])).toEqual([{ id: note.id, outcome: 'waiting' }]);
    expect(await requester.push([submitted])).toEqual([{ id: submitted.id, outcome: 'waiting' }]);
    const registered = requester.writePatient('registered', { content: patientContent() });
    const outcomes = await requester.push([note, registered, submitted]);
    expect(outcomes.map((each) => each.outcome)).toEqual(['waiting', 'accepted', 'accepted']);
    expect((await requester.push([note]))[0]?.outcome).toBe('accepted');
  });

  it('lets what builds on lost events wait until they are back: the store was set back, the tablet is honest', async () => {
    await requester.begin(one);
    const heard = requester.write('note-added', undefined, { document: one, lamport: 4, base: 3 });
    await requester.push([heard]);
    const whole = await gateway.events('consults', one);
    const database = gateway.server.store.database('consults');
    const stored = (await database.get(one))!;
    await database.write([{ id: one, rev: stored.rev, body: { ...stored.body, events: whole.slice(0, 3) } }]);
    const next = requester.write('note-added', undefined, { document: one, lamport: 5, base: 4 });
    expect(await requester.push([next])).toEqual([{ id: next.id, outcome: 'waiting' }]);
    await requester.post('offer', { collection: 'consults', documents: [{ id: one, events: whole }] });
    expect(await requester.push([next])).toMatchObject([{ outcome: 'accepted', n: 5 }]);
    expect((await gateway.events('consults', one)).map((event) => event.n)).toEqual([1, 2, 3, 4, 5]);
  });

  it('FM-26 does not let one wait for ever: beyond the offline lease it is refused and kept', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    gateway.server.clock.advance(100 * 3_600_000);
    requester = await gateway.tablet(people.requester);
    const late = requester.write('note-added', undefined, {
      document: one,
      occurredAt: addMs(gateway.server.clock.now(), -80 * 3_600_000),
    });
    const [outcome] = await requester.push([late]);
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'not-first', kept: 'server' });
  });

  it('ADM-1 lets one wait as long as the organisation’s own offline lease says', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    await gateway.server.putDirectory([organisation({ offlineLeaseHours: 96 })]);
    gateway.server.clock.advance(100 * 3_600_000);
    requester = await gateway.tablet(people.requester);
    const written = (hoursAgo: number) =>
      requester.write('note-added', undefined, {
        document: one,
        occurredAt: addMs(gateway.server.clock.now(), -hoursAgo * 3_600_000),
      });
    expect(await requester.push([written(80)])).toMatchObject([{ outcome: 'waiting' }]);
    expect(await requester.push([written(97)])).toMatchObject([{ outcome: 'refused' }]);
  });
});

describe('time', () => {
  it('FM-1 starts the clocks where the writing was, however wrong the tablet clock is', async () => {
    await requester.pull('consults');
    gateway.server.clock.advance(3_600_000);
    const now = gateway.server.clock.now();
    const wrong = (minutesAgo: number) => addMs(addMinutes(now, -minutesAgo), 9 * 86_400_000);
    const registered = requester.writePatient(
      'registered',
      { content: patientContent() },
      { occurredAt: wrong(41) },
    );
    const submitted = requester.write('submitted', undefined, { document: one, occurredAt: wrong(40) });
    await requester.push([registered, submitted], { sentAt: wrong(0) });
    const events = await gateway.events('consults', one);
    const consult = projectConsult(events);
    expect(consult?.snapshot?.startsAt).toBe(addMinutes(now, -40));
    expect(events.find((event) => event.type === 'arrived-late')?.body).toEqual({
      of: submitted.id,
      minutes: 40,
    });
  });

  it('FM-1 goes back no further than the moment that outbox was last empty, and to it where the clock jumped', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    const emptyAt = gateway.server.clock.now();
    gateway.server.clock.advance(30 * 60_000);
    const now = gateway.server.clock.now();
    await requester.push([
      requester.write('submitted', undefined, { document: one, occurredAt: addMinutes(now, -500) }),
    ]);
    expect(projectConsult(await gateway.events('consults', one))?.snapshot?.startsAt).toBe(emptyAt);

    gateway.server.clock.advance(10 * 60_000);
    const two = consultId('two');
    await requester.push([requester.write('submitted', undefined, { document: two })], { clockJumped: true });
    expect(projectConsult(await gateway.events('consults', two))?.snapshot?.startsAt).toBe(now);
  });

  it('counts the wait on a tablet that had not fetched anything yet, back to the first sign-in there', async () => {
    const signedInAt = gateway.server.clock.now();
    gateway.server.clock.advance(10 * 60_000);
    const now = gateway.server.clock.now();
    await requester.push([
      requester.writePatient('registered', { content: patientContent() }),
      requester.write('submitted', undefined, { document: one, occurredAt: addMinutes(now, -4) }),
      requester.write('submitted', undefined, {
        document: consultId('two'),
        occurredAt: addMinutes(now, -400),
      }),
    ]);
    const startOf = async (consult: typeof one) =>
      projectConsult(await gateway.events('consults', consult))?.snapshot?.startsAt;
    expect(await startOf(one)).toBe(addMinutes(now, -4));
    expect(await startOf(consultId('two'))).toBe(signedInAt);
  });

  it('judges an act whose time nobody knows as of its arrival too: a right gained meanwhile may have been there', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    gateway.server.clock.advance(30 * 60_000);
    const [first] = people.requester.memberships;
    const surgery = { ...first!, department: departments.surgery.id, primary: false };
    const joined = { ...surgery, from: gateway.server.clock.now() };
    await gateway.server.putDirectory([
      { ...people.requester, memberships: [...people.requester.memberships, joined] },
    ]);
    gateway.server.clock.advance(60_000);
    const inSurgery = () =>
      requester.writePatient(
        'registered',
        { content: patientContent({ mrn: null, department: departments.surgery.id }) },
        { document: patientId('new in surgery'), occurredAt: addMinutes(gateway.server.clock.now(), -20) },
      );
    const known = await requester.push([inSurgery()], { unsentAfter: 1 });
    expect(known).toMatchObject([{ outcome: 'refused', code: 'not-allowed' }]);
    const unknown = await requester.push([{ ...inSurgery(), id: eventId('again') }], { clockJumped: true });
    expect(unknown).toMatchObject([{ outcome: 'accepted' }]);
  });

  it('holds nothing back of an act that was refused when it came first and accepted when it came again', async () => {
    await requester.begin(one);
    const surgeon = await gateway.tablet(people.surgeon);
    const note = surgeon.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    const sentAt = gateway.server.clock.now();
    expect(await surgeon.push([note], { sentAt })).toMatchObject([
      { outcome: 'refused', code: 'not-allowed' },
    ]);
    expect(await gateway.server.store.database('quarantine').count()).toBe(1);
    gateway.server.clock.advance(2_000);
    const [first] = people.surgeon.memberships;
    const joined = { ...first!, department: departments.cardiology.id, from: gateway.server.clock.now() };
    await gateway.server.putDirectory([{ ...people.surgeon, memberships: [joined] }]);
    gateway.server.clock.advance(1_000);
    // The same request once more, held up on its way.
    expect(await surgeon.push([note], { sentAt })).toMatchObject([{ outcome: 'accepted' }]);
    expect(await gateway.server.store.database('quarantine').count()).toBe(0);
  });

  it('judges permission as of writing: a move to another department afterwards does not undo it', async () => {
    await requester.begin(one);
    const cardiologist = await gateway.tablet(people.cardiologist);
    await cardiologist.pull('consults');
    gateway.server.clock.advance(2 * 3_600_000);
    const movedAt = gateway.server.clock.now();
    await gateway.server.putDirectory([
      {
        ...people.cardiologist,
        memberships: people.cardiologist.memberships.map((membership) => ({ ...membership, until: movedAt })),
      },
    ]);
    gateway.server.clock.advance(3_600_000);
    const now = gateway.server.clock.now();
    const before = cardiologist.write(
      'seen',
      {},
      { document: one, lamport: 9, base: 3, occurredAt: addMinutes(now, -90) },
    );
    const after = cardiologist.write(
      'seen',
      {},
      { document: one, lamport: 10, base: 3, occurredAt: addMinutes(now, -10) },
    );
    const outcomes = await cardiologist.push([before, after]);
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }, { outcome: 'refused', code: 'not-allowed' }]);
  });

  it('FM-29 keeps and marks what was allowed as of writing and changes nothing any more', async () => {
    await requester.begin(one);
    const cardiologist = await gateway.tablet(people.cardiologist);
    await requester.push([requester.write('cancelled', undefined, { document: one, lamport: 9, base: 3 })]);
    const late = cardiologist.write('acknowledged', undefined, { document: one, lamport: 9, base: 3 });
    expect(await cardiologist.push([late])).toMatchObject([{ outcome: 'accepted' }]);
    const consult = projectConsult(await gateway.events('consults', one));
    expect(consult?.status).toBe('cancelled');
    expect(consult?.timeline.find(({ event }) => event.id === late.id)?.withoutEffect).not.toBeNull();
  });
});

describe('patients', () => {
  it('accepts a second registration of an MRN and marks both', async () => {
    await requester.push([requester.writePatient('registered', { content: patientContent() })]);
    await gateway.sync.caughtUp();
    const other = await gateway.tablet(people.requesterColleague);
    const [outcome] = await other.push([
      other.writePatient('registered', { content: patientContent() }, { document: patientId('two') }),
    ]);
    expect(outcome?.outcome).toBe('accepted');
    await gateway.sync.caughtUp();
    await gateway.sync.settled();
    const marks = async (name: string) =>
      (await gateway.events('patients', patientId(name)))
        .filter((event) => event.type === 'mrn-shared')
        .map((event) => event.body['with']);
    expect(await marks('one')).toEqual([patientId('two')]);
    expect(await marks('two')).toEqual([patientId('one')]);
  });

  it('lets the department that asks move the patient', async () => {
    await requester.begin(one);
    await gateway.sync.caughtUp();
    const [outcome] = await requester.push([
      requester.writePatient(
        'moved',
        { ward: 'Ward 9', bed: '1', department: departments.surgery.id },
        { lamport: 2, base: 1 },
      ),
    ]);
    expect(outcome?.outcome).toBe('accepted');
  });
});

describe('acts of the server', () => {
  it('acknowledges for a person from a notification, once', async () => {
    await requester.begin(one);
    const act = {
      id: eventId('from notification'),
      consult: one,
      type: 'acknowledged',
      body: { promiseMinutes: 15, assignSelf: true },
      person: people.cardiologist.id,
      device: uuidOf('phone') as TestTablet['session']['device'],
      via: 'notification',
    } as const;
    const first = await gateway.sync.acceptOwn(act);
    expect(first.outcome).toBe('accepted');
    expect(await gateway.sync.acceptOwn(act)).toEqual({ ...first, outcome: 'duplicate' });
    const consult = projectConsult(await gateway.events('consults', one));
    expect(consult?.acknowledgedBy).toBe(people.cardiologist.id);
    const [refused] = [
      await gateway.sync.acceptOwn({ ...act, id: eventId('third'), person: people.radiologist.id }),
    ];
    expect(refused.outcome).toBe('refused');
  });

  it('appends its own facts once, whoever asks at the same time', async () => {
    await requester.begin(one);
    const fact = {
      id: `${uuidOf('claim')}:escalated` as EventId,
      type: 'escalated',
      body: { clock: eventId('clock'), step: 0, repeat: 0, unless: 'acknowledged', notified: [] },
    };
    const append = () => gateway.sync.appendSystemEvents({ kind: 'consult', id: one }, () => [fact]);
    const [first, second] = await Promise.all([append(), append()]);
    expect(first[0]?.n).toBe(4);
    expect(second[0]?.n).toBe(4);
    expect(await gateway.events('consults', one)).toHaveLength(4);
    expect(
      await gateway.sync.appendSystemEvents({ kind: 'consult', id: consultId('none') }, () => [fact]),
    ).toEqual([]);
  });
});
