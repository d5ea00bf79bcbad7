import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recoveryModule } from '#server/recovery/recovery-module.ts';
import { recoveryOf } from '#server/recovery/recovery.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { deviceIdSchema } from '#shared/lib/id.ts';
import { leaseBytes, leaseSchema, type Lease } from '#shared/session/lease.ts';
import { recoverySchema } from '#shared/session/recovery.ts';
import { sessionSchema } from '#shared/session/protocol.ts';
import {
  chief,
  chiefEmail,
  doctor,
  doctorEmail,
  smallHospital,
  startSmallHospital,
} from '#tests/http/people.ts';
import { testOrigin, type TestServer, type TestSession } from '#tests/server.ts';

const tablet = {
  id: deviceIdSchema.parse('de000000-0000-4000-8000-000000000001'),
  kind: 'ward',
  name: 'W3',
} as const;
const other = { ...tablet, id: deviceIdSchema.parse('de000000-0000-4000-8000-000000000002') } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startSmallHospital({ modules: [recoveryModule()] });
});
afterEach(() => server.close());

async function secret(session: TestSession): Promise<string> {
  const answer = await session.post('/api/recovery');
  expect(answer.status).toBe(200);
  return recoverySchema.parse(await answer.json()).secret;
}

async function auditEntries(): Promise<unknown[]> {
  const rows = await server.store
    .database('audit')
    .scan({ startKey: 'entry:', endKey: 'entry:\uffff', limit: 1_000, includeDocs: true });
  return rows.map(({ doc }) => doc?.body);
}

describe("the server's half of what opens a person's records", () => {
  it('is the same each time for one person on one device, and another for everything else', async () => {
    const mine = await server.signIn(doctorEmail, { device: tablet });
    const first = await secret(mine);
    expect(await secret(mine)).toBe(first);
    expect(await secret(await server.signIn(doctorEmail, { device: tablet }))).toBe(first);
    const others = [
      await secret(await server.signIn(doctorEmail, { device: other })),
      await secret(await server.signIn(chiefEmail, { device: tablet })),
    ];
    expect(new Set([first, ...others]).size).toBe(3);
  });

  it('is given to nobody without a session, and not to one that has ended', async () => {
    expect(
      (await server.app.request('/api/recovery', { method: 'POST', headers: { origin: testOrigin } })).status,
    ).toBe(401);
    const session = await server.signIn(doctorEmail, { device: tablet });
    await session.request('/api/session', { method: 'DELETE' });
    expect((await session.post('/api/recovery')).status).toBe(401);
  });

  it('is not given for a session that began long ago: whoever holds the tablet has that', async () => {
    const session = await server.signIn(doctorEmail, { device: tablet });
    const first = await secret(session);
    server.clock.advance(15 * 60_000 + 1);
    const late = await session.post('/api/recovery');
    expect(late.status).toBe(401);
    expect(await late.json()).toMatchObject({ code: 'session-ended' });
    expect((await session.get('/api/session')).status).toBe(200);
    expect(await secret(await server.signIn(doctorEmail, { device: tablet }))).toBe(first);
  });

  it('does not lie readable in the store, and each release is in the audit', async () => {
    const session = await server.signIn(doctorEmail, { device: tablet });
    const given = await secret(session);
    const rows = await server.parts.store
      .database('accounts')
      .scan({ startKey: 'recovery:', endKey: 'recovery:\uffff', limit: 10, includeDocs: true });
    expect(rows.length).toBe(1);
    expect(JSON.stringify(rows)).not.toContain(given);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(given, 'base64url').toString('base64'));
    const entries = await auditEntries();
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'recovery.release', subjects: [tablet.id], outcome: 'done' }),
    );
    expect(JSON.stringify(entries)).not.toContain(given);
  });

  it('is destroyed for everybody on a device that was revoked, and for no other device', async () => {
    const mine = await server.signIn(doctorEmail, { device: tablet });
    const before = await secret(mine);
    const elsewhere = await server.signIn(doctorEmail, { device: other });
    const kept = await secret(elsewhere);
    await secret(await server.signIn(chiefEmail, { device: tablet }));
    const gone = await recoveryOf(server.parts).destroyFor(tablet.id);
    expect([...gone].sort()).toEqual([chief.id, doctor.id].sort());
    expect(await secret(mine)).not.toBe(before);
    expect(await secret(elsewhere)).toBe(kept);
    expect(
      await recoveryOf(server.parts).destroyFor(deviceIdSchema.parse('de000000-0000-4000-8000-000000000003')),
    ).toEqual([]);
  });

  it('goes with the revocation of the device, and is given to it no more', async () => {
    const mine = await server.signIn(doctorEmail, { device: tablet });
    await secret(mine);
    const at = server.clock.now();
    const actor = { person: null, device: null, address: 'test', at } as const;
    await server.parts.devices.revoke(
      tablet.id,
      { reason: 'left in a taxi', by: chief.id, at },
      { actor, act: { action: 'device.revoke', subjects: [tablet.id] } },
    );
    await server.parts.devices.idle();
    const rows = await server.store
      .database('accounts')
      .scan({ startKey: 'recovery:', endKey: 'recovery:\uffff', limit: 10 });
    expect(rows).toEqual([]);
    const answer = await mine.post('/api/recovery');
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'device-revoked' });
  });

  it('two asked for at once are one', async () => {
    const session = await server.signIn(doctorEmail, { device: tablet });
    const [first, second] = await Promise.all([secret(session), secret(session)]);
    expect(first).toBe(second);
  });
});

describe('the lease', () => {
  async function lease(session: TestSession): Promise<Lease> {
    const answer = sessionSchema.parse(await (await session.get('/api/session')).json());
    return leaseSchema.parse(answer.lease);
  }
  function isSigned({ publicKey, ...told }: Lease): boolean {
    const point = Buffer.from(publicKey, 'base64url');
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    return verify(
      'sha256',
      Buffer.from(leaseBytes(told)),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(told.signature, 'base64url'),
    );
  }

  it('runs 72 hours from the answer where the hospital says nothing else, for this person on this device', async () => {
    const told = await lease(await server.signIn(doctorEmail, { device: tablet }));
    const at = server.clock.now();
    expect(told).toMatchObject({ person: doctor.id, device: tablet.id, from: at });
    expect(told.until).toBe(addMs(at, 72 * 60 * 60_000));
    expect(isSigned(told)).toBe(true);
    expect(isSigned({ ...told, until: instant('2030-01-01T00:00:00.000Z') })).toBe(false);
  });

  it('is as long as the hospital says, and begins anew with each answer', async () => {
    await server.close();
    server = await startSmallHospital({
      modules: [recoveryModule()],
      directory: smallHospital.map((each) =>
        each.kind === 'organisation' ? { ...each, offlineLeaseHours: 8 } : each,
      ),
    });
    const session = await server.signIn(doctorEmail, { device: tablet });
    const first = await lease(session);
    expect(first.until).toBe(addMs(server.clock.now(), 8 * 60 * 60_000));
    server.clock.advance(60 * 60_000);
    const second = await lease(session);
    expect(second.until).toBe(addMs(server.clock.now(), 8 * 60 * 60_000));
    expect(second.publicKey).toBe(first.publicKey);
  });
});
