import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingKeyAnswerSchema } from '#shared/parcel/protocol.ts';
import { addMs } from '#shared/lib/instant.ts';
import { consultId, people } from '#tests/builders.ts';
import { startParcelHospital, type ParcelHospital } from './hospital.ts';
import { SigningTablet } from './signing-tablet.ts';

let hospital: ParcelHospital;
beforeAll(async () => {
  hospital = await startParcelHospital();
});
afterAll(() => hospital.close());

const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as Record<string, unknown>)['code'];

describe('registering a signing key', () => {
  it('OFF-10 answers a grant for this person on this device, and the key parcels are sealed to', async () => {
    const signing = await hospital.signing(people.requester, 'one');
    const { grant, key } = signing.answer!;
    expect(grant).toMatchObject({
      person: people.requester.id,
      device: signing.tablet.session.device,
      publicKey: signing.key.publicKey,
      from: hospital.server.clock.now(),
    });
    expect(grant.until > addMs(grant.from, 300 * 24 * 60 * 60_000)).toBe(true);
    const answer = await hospital.server.app.request('/api/parcels/key');
    expect(((await answer.json()) as Record<string, unknown>)['key']).toEqual(key);
  });

  it('says the same of a key it knows, for longer', async () => {
    const signing = await hospital.signing(people.requester, 'renewed');
    const first = signing.grant!;
    hospital.server.clock.advance(60_000);
    await signing.register();
    expect(signing.grant).toMatchObject({ keyId: first.keyId, from: first.from });
    expect(signing.grant!.until > first.until).toBe(true);
  });

  it('refuses a key without its private half, of somebody else, or that is no point of the curve', async () => {
    const signing = await SigningTablet.with(await hospital.tablet(people.requester, 'two'));
    const other = await SigningTablet.with(await hospital.tablet(people.receiver, 'two'));
    const stolen = await signing.tryRegister({ publicKey: other.key.publicKey });
    expect([stolen.status, await codeOf(stolen)]).toEqual([401, 'signature-refused']);
    const nowhere = await signing.tryRegister({ publicKey: `BA${'A'.repeat(85)}` });
    expect(await codeOf(nowhere)).toBe('signature-refused');
    const malformed = await signing.tryRegister({ publicKey: 'none' });
    expect([malformed.status, await codeOf(malformed)]).toEqual([400, 'malformed']);
  });

  it('asks for a session', async () => {
    const answer = await hospital.server.app.request('/api/signing-keys', { method: 'POST' });
    expect(answer.status).toBe(401);
  });

  it('ends what came before it after a reset, and an ended key for good', async () => {
    const older = await hospital.signing(people.requester, 'three');
    const newer = await SigningTablet.with(older.tablet);
    await newer.register({ endsEarlier: true });
    const again = await older.tryRegister();
    expect([again.status, await codeOf(again)]).toEqual([409, 'conflict']);
    const consult = consultId('reset');
    await newer.tablet.begin(consult);
    const note = () =>
      newer.tablet.write('note-added', undefined, { document: consult, lamport: 9, base: 3 });
    const [byOld, byNew] = await newer.tablet.push([await older.sign(note()), await newer.sign(note())]);
    expect([byOld?.outcome, byNew?.outcome]).toEqual(['quarantined', 'accepted']);
    expect(byOld).toMatchObject({ code: 'signature-unknown' });
  });

  it('keeps the newest eight of a person on a tablet', async () => {
    const first = await hospital.signing(people.receiver, 'many');
    for (let more = 0; more < 8; more++) {
      hospital.server.clock.advance(1_000);
      await (await SigningTablet.with(first.tablet)).register();
    }
    expect((await first.tryRegister()).status).toBe(409);
  });

  it('puts on record that a key was registered, and ended', async () => {
    const rows = await hospital.server.store
      .database('accounts')
      .scan({ startKey: 'signing-key:', endKey: 'signing-key:~', limit: 100, includeDocs: true });
    const pending = rows.flatMap(({ doc }) => (doc?.body['pendingAudit'] ?? []) as { action: string }[]);
    expect(new Set(pending.map(({ action }) => action))).toEqual(
      new Set(['signing-key.register', 'signing-key.end']),
    );
  });

  it('is described with what it takes and answers', async () => {
    const document = (await (await hospital.server.app.request('/api/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(document.paths['/api/signing-keys'] ?? {})).toEqual(['post']);
    expect(Object.keys(document.paths['/api/parcels'] ?? {})).toEqual(['post']);
    expect(Object.keys(document.paths['/api/parcels/key'] ?? {})).toEqual(['get']);
    expect(signingKeyAnswerSchema.shape.grant).toBeDefined();
  });
});
