import { z } from 'zod';
import { pendingAuditKey } from '#server/audit/pending.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { productModule } from '#server/compose/product-module.ts';
import {
  appVersionHeader,
  deviceListSchema,
  deviceStandingSchema,
  lostHeader,
  unsentHeader,
  type DeviceRecord,
} from '#shared/device/protocol.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import { quarantineAnswerSchema } from '#shared/sync/quarantine.ts';
import { patientContent, patientId } from '#tests/builders.ts';
import { emailOf, people, startTown, type Name, type Town } from '#tests/http/administration/town.ts';
import { TestTablet } from '#tests/http/sync/gateway.ts';
import { startTestServer, testDevice, testOrigin, type TestServer, type TestSession } from '#tests/server.ts';

const lost = { reason: 'Left on the bus' };
const ward = testDevice({ name: 'Ward 4 tablet 2' });

let town: Town;
let chief: TestSession;
beforeEach(async () => {
  town = await startTown();
  chief = await town.session('chief');
});
afterEach(() => town.server.close());

/** Each in a slot of their own. */
async function onWard(name: Name, slot: number, server: TestServer = town.server): Promise<TestTablet> {
  await town.session(name);
  return new TestTablet(await server.signIn(emailOf(name), { device: ward, slot }), server);
}
async function listed(session = chief): Promise<readonly DeviceRecord[]> {
  await town.server.parts.devices.idle();
  return deviceListSchema.parse(await (await session.get('/api/devices')).json()).devices;
}
async function wardTablet(): Promise<DeviceRecord> {
  const found = (await listed()).find(({ id }) => id === ward.id);
  if (found === undefined) throw new Error('the tablet is not on the list');
  return found;
}
const codeOf = async (response: Response): Promise<string> =>
  response.ok ? String(response.status) : problemSchema.parse(await response.json()).code;
const revoke = async (): Promise<string> =>
  codeOf(await chief.post(`/api/devices/${ward.id}/revocation`, lost));
const entrySchema = z.looseObject({
  action: z.string(),
  subjects: z.array(z.string()),
  outcome: z.string(),
  reason: z.string().optional(),
});
/** All entries there are, in the chain or still waiting in the document they belong to. */
async function traceOf(prefix: string): Promise<z.infer<typeof entrySchema>[]> {
  const held = await Promise.all(
    (['audit', 'accounts'] as const).map((name) =>
      town.server.store.database(name).scan({ startKey: '', limit: 10_000, includeDocs: true }),
    ),
  );
  return held
    .flat()
    .flatMap(({ doc }) => {
      const pending = doc?.body[pendingAuditKey];
      const own = doc?.body['kind'] === 'audit-entry' ? [doc.body] : [];
      return z.array(entrySchema).parse([...own, ...(Array.isArray(pending) ? (pending as unknown[]) : [])]);
    })
    .filter(({ action }) => action.startsWith(prefix));
}
const note = (tablet: TestTablet, patient: string) =>
  tablet.writePatient(
    'registered',
    { content: patientContent({ mrn: null }) },
    { document: patientId(patient) },
  );

describe('PEO-8 the list of devices', () => {
  it('has each from its first sign-in on, with who used it', async () => {
    await onWard('physician', 0);
    town.server.clock.advance(60 * 60_000);
    await onWard('doctor', 1);
    const tablet = await wardTablet();
    expect(tablet).toMatchObject({
      name: ward.name,
      kind: 'ward',
      appVersion: null,
      revoked: null,
      wiped: null,
    });
    expect(tablet.users.map(({ person }) => person)).toEqual([people.doctor.id, people.physician.id]);
    expect(tablet.lastContactAt).toBe(town.server.clock.now());
  });

  it('notes contact and version without a write for every request', async () => {
    const { session } = await onWard('physician', 0);
    const ask = async (version: string, unsent: string) => {
      await session.request('/api/session', {
        headers: { [appVersionHeader]: version, [unsentHeader]: unsent },
      });
      await town.server.parts.devices.idle();
    };
    const revOf = async () => (await town.server.store.database('accounts').get(`device:${ward.id}`))?.rev;
    const before = await revOf();
    await ask('2.1.0', '0');
    const first = await revOf();
    expect(first).not.toBe(before);
    town.server.clock.advance(4 * 60_000);
    await ask('2.1.0', '0');
    expect(await revOf()).toBe(first);
    town.server.clock.advance(60_000);
    await ask('<script>', '-1');
    expect(await revOf()).not.toBe(first);
    expect(await wardTablet()).toMatchObject({
      appVersion: '2.1.0',
      lastContactAt: town.server.clock.now(),
      users: [{ person: people.physician.id, unsent: 0 }],
    });
  });

  it('FM-7 says how many items the server still expects of a tablet that fell silent', async () => {
    const tablet = await onWard('physician', 0);
    await tablet.push([note(tablet, 'a')], { unsentAfter: 3 });
    expect((await wardTablet()).users).toMatchObject([{ unsent: 3, arrivedSince: 0 }]);
    // One of them was carried by a colleague.
    const { devices } = town.server.parts;
    devices.arrived({ person: people.physician.id, device: ward.id }, 1, town.server.clock.now());
    expect((await wardTablet()).users).toMatchObject([{ unsent: 3, arrivedSince: 1 }]);
    await tablet.push([note(tablet, 'b')], { unsentAfter: 0 });
    expect((await wardTablet()).users).toMatchObject([{ unsent: 0, arrivedSince: 0 }]);
  });

  it('FM-10 keeps what a tablet told that its browser threw away, whatever it reports afterwards', async () => {
    const { session } = await onWard('physician', 0);
    const ask = (headers: Readonly<Record<string, string>>) => session.request('/api/session', { headers });
    await ask({ [unsentHeader]: '2' });
    await ask({ [unsentHeader]: '0', [lostHeader]: '2' });
    await ask({ [unsentHeader]: '0' });
    await ask({ [lostHeader]: 'nonsense' });
    expect((await wardTablet()).users).toMatchObject([{ unsent: 0, lost: 2 }]);
  });

  it('keeps the name an administrator gave, whatever the device says at the next sign-in', async () => {
    await onWard('physician', 0);
    expect(await codeOf(await chief.put(`/api/devices/${ward.id}/name`, { name: 'Ward 9 trolley' }))).toBe(
      '200',
    );
    await onWard('doctor', 1);
    expect((await wardTablet()).name).toBe('Ward 9 trolley');
    expect(await codeOf(await chief.put(`/api/devices/${ward.id}/name`, { name: '' }))).toBe('malformed');
    expect(await codeOf(await chief.put('/api/devices/nonsense/name', { name: 'x' }))).toBe('not-found');
  });

  it('is on record: who looked, who renamed, who withdrew and why, who tried to', async () => {
    const { session: doctor } = await onWard('doctor', 0);
    await chief.put(`/api/devices/${ward.id}/name`, { name: 'Ward 9 trolley' });
    expect(await codeOf(await doctor.post(`/api/devices/${ward.id}/revocation`, lost))).toBe('forbidden');
    await revoke();
    const ours = await traceOf('device.');
    expect(ours.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual(
      expect.arrayContaining([
        ['device.rename', 'done', undefined],
        ['device.revoke', 'denied', undefined],
        ['device.revoke', 'done', lost.reason],
      ]),
    );
    expect(ours.every(({ subjects }) => subjects[0] === ward.id)).toBe(true);
  });
});

describe('FM-6 a device that was withdrawn', () => {
  it('is answered nothing but its push, in every session, also of who signs in later', async () => {
    const first = await onWard('physician', 0);
    const stream = await first.stream();
    await stream.nextOf('hello');
    expect(await revoke()).toBe('200');
    // It is not signed out: its next request says why.
    expect(await stream.next()).toBeNull();
    const later = await onWard('doctor', 1);
    for (const { session } of [first, later])
      for (const path of ['/api/session', '/api/sync/stream', '/api/rota/swaps', '/api/alerts/vapid'])
        expect([path, await codeOf(await session.get(path))]).toEqual([path, 'device-revoked']);
    expect(
      await codeOf(await first.post('pull', { collection: 'consults', checkpoint: null, limit: 1 })),
    ).toBe('device-revoked');
    expect(await codeOf(await first.session.delete('/api/session'))).toBe('device-revoked');
    expect(await codeOf(await chief.get('/api/session'))).toBe('200');
  });

  it('has what waits there set aside, also of people who signed out and of sessions that have ended', async () => {
    const physician = await onWard('physician', 0);
    const doctor = await onWard('doctor', 1);
    const elsewhere = await town.session('nurse');
    const [own, others] = [note(physician, 'own'), note(doctor, 'others')];
    const strangers = { ...note(doctor, 'strangers'), author: elsewhere.person };
    expect(await physician.push([others])).toMatchObject([{ outcome: 'refused', code: 'not-yours' }]);
    await doctor.session.delete('/api/session');
    await revoke();
    town.server.clock.advance(30 * 24 * 3_600_000);
    expect(await physician.push([own, others, strangers])).toMatchObject([
      { outcome: 'quarantined', code: 'device-revoked' },
      { outcome: 'quarantined', code: 'device-revoked' },
      { outcome: 'refused', code: 'not-yours' },
    ]);
    const held = quarantineAnswerSchema.parse(
      await (await (await town.session('medicalHead')).get('/api/sync/quarantine')).json(),
    );
    expect(held.events.map(({ event }) => event.author)).toContain(people.physician.id);
  });

  it('PEO-8 hears of it while it is locked or nobody is signed in, by its own id and without a session', async () => {
    const standing = async (device: string): Promise<unknown> => {
      const answer = await town.server.app.request('/api/device-standing', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: testOrigin },
        body: JSON.stringify({ device }),
      });
      return answer.ok ? deviceStandingSchema.parse(await answer.json()).withdrawn : answer.status;
    };
    await onWard('doctor', 0);
    expect(await standing(ward.id)).toBe(false);
    expect(await revoke()).toBe('200');
    expect(await standing(ward.id)).toBe(true);
    expect(await standing(testDevice().id)).toBe(false);
    expect(await standing('not an id')).toBe(400);
  });

  it('says when it is empty: all sessions end, and saying so again is answered the same', async () => {
    const { session: first } = await onWard('physician', 0);
    const { session: second } = await onWard('doctor', 1);
    expect(await codeOf(await first.post('/api/device/wiped', { lost: 0 }))).toBe('conflict');
    await revoke();
    expect(await codeOf(await first.post('/api/device/wiped', { lost: -1 }))).toBe('malformed');
    const said = await first.post('/api/device/wiped', { lost: 2 });
    expect(said.status).toBe(204);
    expect(said.headers.getSetCookie()).toHaveLength(8);
    const at = town.server.clock.now();
    town.server.clock.advance(1_000);
    expect(await codeOf(await second.post('/api/device/wiped', { lost: 0 }))).toBe('204');
    expect(await wardTablet()).toMatchObject({
      revoked: { by: people.chief.id, reason: lost.reason },
      wiped: { at, lost: 2 },
    });
  });

  it('is known to every gateway from the feed', async () => {
    const beside = await startTestServer({
      store: town.server.store,
      keys: town.server.keys,
      clock: town.server.clock,
      modules: [productModule()],
    });
    const tablet = await onWard('physician', 0);
    const there = new TestTablet(tablet.session, beside);
    const { devices } = beside.parts;
    const told = new Promise<void>((resolve) => devices.onRevoked(ward.id, resolve));
    await revoke();
    await told;
    expect(devices.isRevoked(ward.id)).toBe(true);
    expect(there.session.device).toBe(ward.id);
    await beside.close();
  });

  it('loses what the server held for its people, also when the server died in between', async () => {
    await onWard('physician', 0);
    const { devices } = town.server.parts;
    const destroyed: string[] = [];
    let fails = true;
    devices.destroysWith((device, users) => {
      if (fails) return Promise.reject(new Error('the store is away'));
      destroyed.push(device, ...users);
      return Promise.resolve();
    });
    await revoke();
    await devices.idle();
    fails = false;
    expect(destroyed).toEqual([]);
    await devices.start();
    expect(destroyed).toEqual([ward.id, people.physician.id]);
    await devices.start();
    expect(destroyed).toHaveLength(2);
  });
});

describe('a device document', () => {
  it('that a newer build wrote is not overwritten, and revokes as any other', async () => {
    const { session } = await onWard('physician', 0);
    const accounts = town.server.store.database('accounts');
    const id = `device:${ward.id}`;
    const held = await accounts.get(id);
    const body = { ...held?.body, deviceKind: 'glasses' };
    await accounts.write([{ id, rev: held?.rev, body }]);
    town.server.clock.advance(3_600_000);
    expect(await codeOf(await session.get('/api/session'))).toBe('200');
    await town.server.parts.devices.idle();
    const stored = await accounts.get(id);
    expect(stored?.body).toMatchObject({ deviceKind: 'glasses' });
    // That it is revoked is understood all the same.
    const { devices } = town.server.parts;
    const told = new Promise<void>((resolve) => devices.onRevoked(ward.id, resolve));
    await accounts.write([
      { id, rev: stored?.rev, body: { ...stored?.body, revokedAt: town.server.clock.now() } },
    ]);
    await told;
    expect(await codeOf(await session.get('/api/session'))).toBe('device-revoked');
  });
});
