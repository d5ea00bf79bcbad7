import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMinutes } from '#shared/lib/instant.ts';
import { grantHeader, grantToHeader } from '#shared/parcel/signing.ts';
import { pushAnswerSchema } from '#shared/sync/protocol.ts';
import { quarantineAnswerSchema } from '#shared/sync/quarantine.ts';
import { consultId, patientContent, patientId, people, requestContent, uuidOf } from '#tests/builders.ts';
import { testKeys } from '#tests/server.ts';
import { startParcelHospital, type ParcelHospital } from './hospital.ts';
import { carry, SigningTablet, tryCarry } from './signing-tablet.ts';
import { createParcelKeys } from '#server/keys/parcel-keys.ts';
import { sealParcel } from '$lib/parcels/seal.ts';

let hospital: ParcelHospital;
let author: SigningTablet;
const one = consultId('one');

beforeEach(async () => {
  hospital = await startParcelHospital();
  author = await hospital.signing(people.requester);
});
afterEach(() => hospital.close());

const note = (lamport = 9) =>
  author.tablet.write('note-added', undefined, { document: one, lamport, base: 3 });
const keptAside = async () => {
  const head = await hospital.tablet(people.head, 'office');
  const answer = await head.session.get('/api/sync/quarantine');
  return quarantineAnswerSchema.parse(await answer.json()).events;
};

describe('a parcel', () => {
  it('OFF-10 brings a consult and its patient in without a session, as its author wrote them', async () => {
    const registered = await author.sign(
      author.tablet.writePatient('registered', { content: patientContent() }, { document: patientId('new') }),
    );
    const submitted = await author.sign(
      author.tablet.write(
        'submitted',
        { content: requestContent({ patient: patientId('new') }), linked: [] },
        { document: one },
      ),
    );
    // The consult first: the order in which a stranger brings them says nothing.
    const parcels = [await author.parcel(submitted), await author.parcel(registered)];
    expect(await carry(hospital.server, parcels)).toEqual(['taken', 'taken']);
    const [event] = await hospital.events('consults', one);
    expect(event).toMatchObject({ ...submitted, n: 1, via: 'parcel', author: people.requester.id });
    expect(await author.tablet.push([submitted, registered])).toMatchObject([
      { outcome: 'duplicate', n: 1 },
      { outcome: 'duplicate', n: 1 },
    ]);
  });

  it('is a duplicate when it is brought again, or its author was quicker', async () => {
    await author.tablet.begin(one);
    const event = await author.sign(note());
    const parcel = await author.parcel(event);
    await author.tablet.push([event]);
    expect(await carry(hospital.server, [parcel, parcel])).toEqual(['duplicate', 'duplicate']);
    expect((await hospital.events('consults', one)).filter(({ id }) => id === event.id)).toHaveLength(1);
  });

  it('counts the wait from the clock of the tablet it was written on', async () => {
    const registered = author.tablet.writePatient('registered', { content: patientContent() });
    await author.tablet.push([registered]);
    hospital.server.clock.advance(60_000);
    const occurredAt = addMinutes(hospital.server.clock.now(), -10_000);
    const submitted = author.tablet.write(
      'submitted',
      { content: requestContent(), linked: [] },
      { document: one, occurredAt },
    );
    hospital.server.clock.advance(90 * 60_000);
    const parcel = await author.parcel(await author.sign(submitted));
    await carry(hospital.server, [parcel], addMinutes(occurredAt, 40));
    const late = (await hospital.events('consults', one)).find(({ type }) => type === 'arrived-late');
    expect(late?.body).toMatchObject({ minutes: 40 });
  });

  it('waits for the consult it speaks of', async () => {
    const parcel = await author.parcel(await author.sign(note()));
    expect(await carry(hospital.server, [parcel])).toEqual(['waiting']);
    await author.tablet.begin(one);
    expect(await carry(hospital.server, [parcel])).toEqual(['taken']);
  });

  it('is put on record with where it came from, once', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(await author.sign(note()));
    await carry(hospital.server, [parcel]);
    await carry(hospital.server, [parcel]);
    const carried = (await hospital.audited()).filter(({ action }) => action === 'parcel.carry');
    expect(carried).toMatchObject([{ subjects: [one], actor: { person: null }, outcome: 'done' }]);
  });

  it('is refused for what its author may not do, and kept for the author alone', async () => {
    await author.tablet.begin(one);
    const act = author.tablet.write('force-closed', undefined, { document: one, lamport: 4, base: 3 });
    const event = await author.sign(act);
    expect(await carry(hospital.server, [await author.parcel(event)])).toEqual(['refused']);
    const kept = await author.tablet.session.get('/api/sync/refused');
    expect(await kept.json()).toMatchObject({ events: [{ code: 'not-allowed', event: { id: event.id } }] });
  });

  it('sealed to the key of a quarter ago is still opened', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(await author.sign(note()));
    hospital.server.clock.advance(110 * 24 * 60 * 60_000);
    expect(await carry(hospital.server, [parcel])).toEqual(['taken']);
    const later = createParcelKeys(hospital.server.keys.parcel).current(hospital.server.clock.now());
    expect(later.id).not.toBe(parcel.key);
  });
});

describe('what cannot be trusted', () => {
  it('a parcel with a valid signature of a removed person is set aside for the heads', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(await author.sign(note()));
    await hospital.server.putDirectory([{ ...people.requester, active: false }]);
    expect(await carry(hospital.server, [parcel])).toEqual(['quarantined']);
    expect(await keptAside()).toMatchObject([{ code: 'author-removed', event: { type: 'note-added' } }]);
  });

  it('FM-6 a parcel whose grant was ended by a reset is set aside', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(await author.sign(note()));
    await (await SigningTablet.with(author.tablet)).register({ endsEarlier: true });
    expect(await carry(hospital.server, [parcel])).toEqual(['quarantined']);
    expect(await keptAside()).toMatchObject([{ code: 'signature-unknown' }]);
  });

  it('a parcel of somebody known, signed by a key nobody registered, is set aside and taken when they send it', async () => {
    await author.tablet.begin(one);
    const unheard = await SigningTablet.with(author.tablet);
    const event = await unheard.sign(note());
    const parcel = await author.parcel(event, null);
    expect(await carry(hospital.server, [parcel])).toEqual(['quarantined']);
    await unheard.register();
    expect(await author.tablet.push([event])).toMatchObject([{ outcome: 'accepted' }]);
    expect(await keptAside()).toEqual([]);
  });

  it('an unsigned event in a parcel is set aside, though in a session it would be taken', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(note());
    expect(await carry(hospital.server, [parcel])).toEqual(['quarantined']);
  });

  it('so much of one tablet is set aside unproven, and then it has to wait', async () => {
    await author.tablet.begin(one);
    const parcels = await Promise.all(Array.from({ length: 102 }, () => author.parcel(note())));
    const verdicts = [
      ...(await carry(hospital.server, parcels.slice(0, 50))),
      ...(await carry(hospital.server, parcels.slice(50, 100))),
      ...(await carry(hospital.server, parcels.slice(100))),
    ];
    expect(verdicts.filter((verdict) => verdict === 'quarantined')).toHaveLength(100);
    expect(verdicts.slice(100)).toEqual(['waiting', 'waiting']);
  });

  it('a signed event of a pushing session is judged by its signature too', async () => {
    await author.tablet.begin(one);
    const good = await author.sign(note());
    const bad = { ...(await author.sign(note())), lamport: 10 };
    expect(await author.tablet.push([good, bad])).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'quarantined', code: 'signature-unknown' },
    ]);
  });
});

describe('what is nobody’s', () => {
  it('leaves nothing behind: not opened, of an unknown tablet, of another hospital, no parcel at all', async () => {
    await author.tablet.begin(one);
    const before = [await hospital.documents(), (await hospital.audited()).length];
    const good = await author.parcel(await author.sign(note()));
    const stranger = {
      ...note(),
      author: uuidOf('nobody') as never,
      device: uuidOf('nowhere') as never,
    };
    const elsewhere = createParcelKeys(testKeys().parcel).current(hospital.server.clock.now());
    const parcels = [
      { ...good, box: `${good.box.slice(0, -1)}${good.box.endsWith('A') ? 'B' : 'A'}` },
      { ...good, id: uuidOf('another event') },
      { ...good, key: elsewhere.id },
      await sealParcel({ v: 1, event: await author.sign(note()), grant: author.grant }, elsewhere),
      await author.parcel(await author.sign(stranger)),
      await author.parcel({ ...note(), body: { text: 'no such shape' } }),
      await sealParcel({ v: 1, event: { id: uuidOf('x') }, grant: null }, author.answer!.key),
    ];
    expect(await carry(hospital.server, parcels)).toEqual([
      'unreadable',
      'unreadable',
      'unreadable',
      'unreadable',
      'refused',
      'refused',
      'refused',
    ]);
    const answer = await tryCarry(hospital.server, [
      null,
      7,
      { parcel: good },
      { parcel: good, authorClockAt: 'now' },
    ]);
    expect(await answer.json()).toMatchObject({ verdicts: Array<string>(4).fill('unreadable') });
    expect([await hospital.documents(), (await hospital.audited()).length]).toEqual(before);
  });

  it('gets a problem, never a failure, for a body that is no bundle or too large', async () => {
    const statuses = await Promise.all(
      [[], Array<null>(51).fill(null)].map(
        async (parcels) => (await tryCarry(hospital.server, parcels)).status,
      ),
    );
    expect(statuses).toEqual([400, 400]);
    const large = await tryCarry(hospital.server, ['x'.repeat(1024 * 1024)]);
    expect(large.status).toBe(413);
  });

  it('is slowed down by address', async () => {
    for (let bundle = 0; bundle < 120; bundle++) await tryCarry(hospital.server, [null]);
    const slowed = await tryCarry(hospital.server, [null]);
    expect([slowed.status, ((await slowed.json()) as { code: string }).code]).toEqual([429, 'rate-limited']);
    hospital.server.clock.advance(1_000);
    expect((await tryCarry(hospital.server, [null])).status).toBe(200);
  });

  it('is not let in from another site’s page', async () => {
    const answer = await hospital.server.app.request('/api/parcels', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://elsewhere.test' },
      body: '{}',
    });
    expect(answer.status).toBe(403);
  });
});

describe('a store that was set back', () => {
  it('knows a key it has forgotten from the grant that comes along', async () => {
    await author.tablet.begin(one);
    const parcel = await author.parcel(await author.sign(note()));
    const accounts = hospital.server.store.database('accounts');
    const rows = await accounts.scan({ startKey: 'signing-key:', endKey: 'signing-key:~', limit: 10 });
    await accounts.write(rows.map(({ id, rev }) => ({ id, rev, body: {}, deleted: true })));
    const forged = await author.parcel(await author.sign(note()), { ...author.grant!, mac: 'AAAA' });
    expect(await carry(hospital.server, [forged])).toEqual(['quarantined']);
    expect(await carry(hospital.server, [parcel])).toEqual(['taken']);
    const push = async (grant: string) => {
      const event = await author.sign(note());
      const now = hospital.server.clock.now();
      const answer = await author.tablet.session.request('/api/sync/push', {
        method: 'POST',
        headers: { 'content-type': 'application/json', [grantHeader]: grant },
        body: JSON.stringify({ sentAt: now, unsentAfter: 0, items: [{ event, clockJumped: false }] }),
      });
      return pushAnswerSchema.parse(await answer.json()).outcomes[0]?.outcome;
    };
    expect(await push(grantToHeader(author.grant!))).toBe('accepted');
    expect(await push('{"v":1}')).toBe('quarantined');
  });
});
