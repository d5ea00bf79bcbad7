import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenBackWithinMs } from '#server/sync/take-event.ts';
import { maxPushBytes, type PushOutcome } from '#shared/sync/protocol.ts';
import { refusedAnswerSchema, quarantineAnswerSchema } from '#shared/sync/quarantine.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import { addMs } from '#shared/lib/instant.ts';
import {
  consultId,
  departmentId,
  departments,
  patientContent,
  patientId,
  people,
  requestContent,
  uuidOf,
} from '#tests/builders.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

let gateway: Gateway;
let requester: TestTablet;
const one = consultId('one');
const two = consultId('two');

beforeEach(async () => {
  gateway = await startGateway();
  requester = await gateway.tablet(people.requester);
  await requester.begin(one);
});
afterEach(() => gateway.close());

const stored = async (): Promise<number[]> =>
  Promise.all(
    (['consults', 'patients', 'quarantine'] as const).map((name) =>
      gateway.server.store.database(name).count(),
    ),
  );

type Made = (tablet: TestTablet) => unknown;
const submit =
  (content: Parameters<typeof requestContent>[0], over: Parameters<TestTablet['write']>[2] = {}): Made =>
  (tablet) =>
    tablet.write('submitted', { content: requestContent(content), linked: [] }, { document: two, ...over });
const note =
  (over: Record<string, unknown>): Made =>
  (tablet) => ({ ...tablet.write('note-added', undefined, { document: one, lamport: 9, base: 3 }), ...over });
const hoursAgo = (hours: number) => addMs(gateway.server.clock.now(), -hours * 3_600_000);
const prototypeKeys = JSON.parse('{"kind":"plan","text":"x","__proto__":{"admin":true}}') as unknown;

describe('refusals', () => {
  it.each<[code: string, kept: 'server' | 'tablet', why: string, made: Made]>([
    ['not-yours', 'tablet', "another person's name", note({ author: people.requesterColleague.id })],
    ['not-yours', 'tablet', 'another device', note({ device: uuidOf('device of somebody else') })],
    [
      'malformed',
      'tablet',
      'a lone surrogate',
      note({ body: { kind: 'plan', text: 'half \ud800 of a pair' } }),
    ],
    ['malformed', 'tablet', 'prototype keys', note({ body: prototypeKeys })],
    ['malformed', 'tablet', 'an unknown field', note({ colour: 'blue' })],
    ['malformed', 'tablet', 'no object', () => 'text'],
    ['malformed', 'tablet', 'a system author', note({ author: 'system' })],
    ['unknown-type', 'tablet', 'a type nobody knows', note({ type: 'teleported' })],
    [
      'unknown-type',
      'tablet',
      'a fact only the server states',
      note({ type: 'numbered', body: { reference: 'CARD-26-00009' } }),
    ],
    ['too-large', 'tablet', '40 KB of text', note({ body: { kind: 'plan', text: 'x'.repeat(40_000) } })],
    ['lamport-out-of-range', 'server', 'a future lamport', note({ lamport: 900_000 })],
    [
      'unknown-department',
      'server',
      'a department nobody knows',
      submit({ receivingDepartment: departmentId('nowhere') }),
    ],
    [
      'own-department',
      'server',
      'a request to the own department',
      submit({ receivingDepartment: departments.medicine.id }),
    ],
    [
      'not-allowed',
      'server',
      'a request in the name of a foreign department',
      submit({ requestingDepartment: departments.surgery.id }),
    ],
    ['already-exists', 'server', 'a second request under the same id', submit({}, { document: one })],
    [
      'already-exists',
      'server',
      'a second registration under the same id',
      (tablet) => tablet.writePatient('registered', { content: patientContent() }, { base: 1 }),
    ],
    [
      'unknown-patient',
      'server',
      'a record merged into itself',
      (tablet) =>
        tablet.writePatient(
          'merged-into',
          { patient: patientId('one'), reason: 'One person.' },
          { lamport: 2, base: 1 },
        ),
    ],
  ])('%s (text stays with the %s): %s', async (code, kept, _why, made) => {
    const event = made(requester);
    const before = await stored();
    const [outcome] = await requester.push([event]);
    expect(outcome).toMatchObject({ outcome: 'refused', code, kept });
    const after = await stored();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]! - before[2]!).toBe(kept === 'server' ? 1 : 0);
    expect(await gateway.events('consults', one)).toHaveLength(3);
  });

  it('FM-34 refuses an act of a third department, and its author alone finds it with its text and reason', async () => {
    const radiologist = await gateway.tablet(people.radiologist);
    const event = radiologist.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    expect(await radiologist.push([event])).toEqual([
      { id: event.id, outcome: 'refused', code: 'not-allowed', kept: 'server' },
    ]);
    const listOf = async (tablet: TestTablet) =>
      refusedAnswerSchema.parse(await (await tablet.session.get('/api/sync/refused')).json()).events;
    expect(await listOf(radiologist)).toMatchObject([
      { code: 'not-allowed', event: { id: event.id, body: event.body } },
    ]);
    expect(await listOf(requester)).toEqual([]);
  });

  it('unknown-person: refuses to give a consult to somebody nobody knows', async () => {
    const receiver = await gateway.tablet(people.receiver);
    const body = { to: uuidOf('nobody') as typeof people.receiver.id, acknowledges: false };
    const [outcome] = await receiver.push([
      receiver.write('assigned', body, { document: one, lamport: 9, base: 3 }),
    ]);
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'unknown-person', kept: 'server' });
  });

  it('unknown-patient: refuses a request about a patient who never came, after the offline lease', async () => {
    await requester.pull('consults');
    gateway.server.clock.advance(100 * 3_600_000);
    requester = await gateway.tablet(people.requester);
    const about = submit({ patient: patientId('nobody') }, { occurredAt: hoursAgo(80) });
    expect(await requester.push([about(requester)])).toMatchObject([
      { outcome: 'refused', code: 'unknown-patient', kept: 'server' },
    ]);
  });

  it('base-in-the-future: refuses what builds on a record that never came, after the offline lease', async () => {
    await requester.pull('consults');
    gateway.server.clock.advance(100 * 3_600_000);
    requester = await gateway.tablet(people.requester);
    const event = note({ base: 7, occurredAt: hoursAgo(80) })(requester);
    expect(await requester.push([event])).toMatchObject([
      { outcome: 'refused', code: 'base-in-the-future', kept: 'server' },
    ]);
  });

  it('what builds on acts that a store lost waits for them ten minutes, then goes on without them where it is allowed', async () => {
    await requester.pull('consults');
    await gateway.server.parts.epoch.mint('restored');
    const now = gateway.server.clock.now();
    const allowed = note({ base: 7, occurredAt: now })(requester);
    const notTheirs = requester.write('completed', undefined, {
      document: one,
      base: 7,
      lamport: 9,
      occurredAt: now,
    });
    const outcomes = async () =>
      (await requester.push([allowed, notTheirs], { sentAt: gateway.server.clock.now() })).map(
        ({ outcome }) => outcome,
      );
    expect(await outcomes()).toEqual(['waiting', 'waiting']);
    gateway.server.clock.advance(givenBackWithinMs);
    expect(await outcomes()).toEqual(['accepted', 'waiting']);
  });

  it('E1 E4 F2 one bad event neither blocks nor hides those around it', async () => {
    const first = requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    const bad = requester.write(
      'submitted',
      { content: requestContent({ receivingDepartment: departmentId('no') }), linked: [] },
      { document: two },
    );
    const last = requester.write('note-added', undefined, { document: one, lamport: 10, base: 3 });
    const outcomes = await requester.push([first, { junk: true }, bad, null, last]);
    expect(outcomes.map((each: PushOutcome) => each.outcome)).toEqual([
      'accepted',
      'refused',
      'refused',
      'refused',
      'accepted',
    ]);
    expect(outcomes.map((each) => each.id)).toEqual([first.id, '', bad.id, '', last.id]);
  });

  it('answers 10 MB with 413 and a malformed request with 400, storing and echoing nothing', async () => {
    const before = await stored();
    const large = await requester.session.post('/api/sync/push', {
      sentAt: gateway.server.clock.now(),
      unsentAfter: 0,
      items: ['secret'.repeat(2_000_000)],
    });
    expect(large.status).toBe(413);
    expect(maxPushBytes).toBeLessThan(10_000_000);
    for (const body of [
      {},
      { items: [] },
      [],
      null,
      { sentAt: 'yesterday', unsentAfter: 0, items: ['secret'] },
    ]) {
      const answer = await requester.session.post('/api/sync/push', body);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.text()).not.toContain('secret');
    }
    expect(await stored()).toEqual(before);
  });
});

describe('a full consult', () => {
  /** Notes of somebody, straight into the store, until the record has `count` events. */
  async function fill(count: number): Promise<void> {
    const database = gateway.server.store.database('consults');
    const stored = (await database.get(one))!;
    const events = stored.body['events'] as HeldEvent[];
    const [first] = events;
    const notes = Array.from({ length: count - events.length }, (_, at): HeldEvent => {
      const n = events.length + at + 1;
      const body = { kind: 'progress', text: 'Stable.' };
      return { ...first!, id: uuidOf(`filler ${n}`) as EventId, type: 'note-added', lamport: n, n, body };
    });
    await database.write([
      { id: one, rev: stored.rev, body: { ...stored.body, events: [...events, ...notes] } },
    ]);
    await gateway.sync.caughtUp();
  }

  it('document-full: takes no more notes, and still whatever brings it to its end', async () => {
    // A few of them are the server's own, which do not count.
    await fill(810);
    const cardiologist = await gateway.tablet(people.cardiologist);
    const at = { document: one, lamport: 811, base: 810 };
    expect(
      await cardiologist.push([
        cardiologist.write('note-added', undefined, at),
        cardiologist.write('seen', {}, at),
      ]),
    ).toMatchObject([{ outcome: 'refused', code: 'document-full', kept: 'server' }, { outcome: 'accepted' }]);
  });

  it('ESC-1 still gets its escalation: the server judges only the acts of people for size', async () => {
    await fill(1000);
    const fact = {
      id: `${uuidOf('claim')}:escalated` as EventId,
      type: 'escalated',
      body: {
        clock: `${uuidOf('x')}:clock-snapshot`,
        step: 0,
        repeat: 0,
        unless: 'acknowledged',
        notified: [],
      },
    };
    const [appended] = await gateway.sync.appendSystemEvents({ kind: 'consult', id: one }, () => [fact]);
    expect(appended).toMatchObject({ n: 1001, type: 'escalated' });
    const events = await gateway.events('consults', one);
    expect(events).toHaveLength(1001);
    const entry = projectConsult(events)?.timeline.at(-1);
    expect(entry).toMatchObject({ event: { id: fact.id }, withoutEffect: null });
  });
});

describe('quarantine', () => {
  const list = async (tablet: TestTablet) =>
    quarantineAnswerSchema.parse(await (await tablet.session.get('/api/sync/quarantine')).json()).events;

  async function setAside(): Promise<{ id: string; event: string }> {
    const event = requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    await requester.push([event]);
    const [outcome] = await requester.push([{ ...event, body: { kind: 'plan', text: 'Other words.' } }]);
    expect(outcome).toMatchObject({ outcome: 'quarantined', code: 'other-bytes' });
    const head = await gateway.tablet(people.head);
    const [held] = await list(head);
    return { id: held!.id, event: event.id };
  }

  it('is shown to both heads and to nobody else', async () => {
    const { event } = await setAside();
    for (const person of [people.head, people.requestingHead]) {
      const events = await list(await gateway.tablet(person));
      expect(events.map((held) => held.event.id)).toEqual([event]);
      expect(events[0]?.departments).toEqual([departments.medicine.id, departments.cardiology.id]);
    }
    for (const person of [people.receiver, people.parentHead, people.surgeon]) {
      expect(await list(await gateway.tablet(person))).toEqual([]);
    }
  });

  it('is released into the record as of its writing, under an id of its own, once', async () => {
    const { id } = await setAside();
    const head = await gateway.tablet(people.head);
    const released = await head.session.post('/api/sync/quarantine/release', {
      id,
      reason: 'Both notes are real.',
    });
    expect(released.status).toBe(200);
    expect(await released.json()).toMatchObject({ outcome: { outcome: 'accepted' } });
    const consult = projectConsult(await gateway.events('consults', one));
    expect(consult?.notes.map((each) => each.text)).toEqual(['Pain free.', 'Other words.']);
    const again = await head.session.post('/api/sync/quarantine/release', { id, reason: 'Again.' });
    expect(again.status).toBe(409);
    const [held] = await list(head);
    expect(held?.decision).toMatchObject({
      as: 'released',
      by: people.head.id,
      reason: 'Both notes are real.',
    });
  });

  it('is dismissed with a reason, by a head concerned alone', async () => {
    const { id } = await setAside();
    const surgeon = await gateway.tablet(people.surgeon);
    const answers = await Promise.all([
      surgeon.session.post('/api/sync/quarantine/dismiss', { id, reason: 'No.' }),
      surgeon.session.post('/api/sync/quarantine/dismiss', { id: 'quarantined:nothing', reason: 'No.' }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([404, 404]);
    const head = await gateway.tablet(people.requestingHead);
    expect((await head.session.post('/api/sync/quarantine/dismiss', { id })).status).toBe(400);
    expect((await head.session.post('/api/sync/quarantine/dismiss', { id, reason: 'A copy.' })).status).toBe(
      204,
    );
    expect(await gateway.events('consults', one)).toHaveLength(4);
    expect((await list(head))[0]?.decision).toMatchObject({ as: 'dismissed' });
  });

  it('keeps what a signed tablet sends, whose signature nobody here knows', async () => {
    const signed = {
      ...requester.write('note-added', undefined, { document: one, lamport: 9, base: 3 }),
      sig: 'c2ln',
    };
    expect(await requester.push([signed])).toMatchObject([
      { outcome: 'quarantined', code: 'signature-unknown' },
    ]);
  });
});

describe('a device revoked after the writing', () => {
  it('has its events set aside for the heads, not lost', async () => {
    const revoking = await startGateway({ isDeviceRevoked: () => true });
    const tablet = await revoking.tablet(people.requester);
    const outcomes = await tablet.begin(one);
    expect(outcomes).toMatchObject([
      { outcome: 'quarantined', code: 'device-revoked' },
      { outcome: 'quarantined', code: 'device-revoked' },
    ]);
    const head = await revoking.tablet(people.head);
    const answer = quarantineAnswerSchema.parse(
      await (await head.session.get('/api/sync/quarantine')).json(),
    );
    expect(answer.events.map((held) => held.event.type)).toEqual(['submitted']);
    expect(await revoking.events('consults', one)).toEqual([]);
    await revoking.close();
  });
});
