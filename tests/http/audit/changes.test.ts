import { afterEach, describe, expect, it } from 'vitest';
import { pendingOf } from '#server/audit/pending.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import {
  chief,
  chiefEmail,
  doctor,
  doctorEmail,
  newcomer,
  smallHospital,
  startSmallHospital,
} from '#tests/http/people.ts';
import { testKeys, testPassword, type TestServer } from '#tests/server.ts';
import { auditor, auditorEmail, startAuditedHospital } from './auditor.ts';

const opened: TestServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

describe('changes of accounts, links and sessions', () => {
  it('AUD-1 carry their entries in the same write: nobody moved them, the process died, and none is missing', async () => {
    const store = createMemoryStore();
    const keys = testKeys();
    // Without the module nothing is moved, as if the process died right after each write.
    const first = await startSmallHospital({ store, keys, directory: [...smallHospital, auditor] });
    await first.addAccount(auditor.id, auditorEmail);
    const manager = await first.signIn(chiefEmail);
    const someone = await first.signIn(doctorEmail);
    const { accounts, links } = first.parts;
    const now = first.clock.now();
    const by = (action: string) => ({
      actor: { person: null, device: null, address: 'operator', at: now },
      act: { action, subjects: [newcomer.id] },
    });
    await accounts.create({
      person: newcomer.id,
      email: 'new@hospital.test',
      at: now,
      by: by('account.create'),
    });
    await accounts.requirePasswordChange(newcomer.id, by('account.require-password-change'));
    const reset = { purpose: 'reset', person: newcomer.id, at: now, by: by('account.reset') } as const;
    const { token } = await links.make(reset);
    expect(
      (await someone.post('/api/session/password', { current: testPassword, next: 'marble-otter-drum-17' }))
        .status,
    ).toBe(200);
    expect((await someone.delete('/api/session/everywhere')).status).toBe(204);
    const redeemed = await manager.request('/api/session/link', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: 'marble-otter-drum-18' }),
    });
    expect(redeemed.status).toBe(204);
    expect((await manager.delete('/api/session')).status).toBe(204);
    await first.close();

    const second = await startAuditedHospital({ store, keys, directory: [] });
    opened.push(second.server);
    const reader = await second.server.signIn(auditorEmail);
    const { entries } = await second.look(reader, { limit: '200' });
    const told = entries.map(({ action, by }) => `${action} ${by[0]?.person ?? 'nobody'}`);
    for (const expected of [
      `session.begin ${chief.id}`,
      `session.begin ${doctor.id}`,
      'account.create nobody',
      'account.reset nobody',
      'account.require-password-change nobody',
      `password.change ${doctor.id}`,
      `session.renew ${doctor.id}`,
      `session.end-everywhere ${doctor.id}`,
      'link.redeem-reset nobody',
      'password.set-by-link nobody',
      `session.end ${chief.id}`,
    ])
      expect(told.filter((one) => one === expected)).toEqual([expected]);
    const left = await store.database('accounts').scan({ startKey: '', limit: 999, includeDocs: true });
    expect(left.flatMap(({ doc }) => pendingOf(doc!.body))).toEqual([]);
  });

  it('AUD-1 a second sign-in on a device keeps the entry of the first that nobody has moved yet', async () => {
    const server = await startSmallHospital();
    opened.push(server);
    const first = await server.signIn(doctorEmail);
    await server.signIn(doctorEmail, { device: { id: first.device } });
    const held = await server.store.database('accounts').get(`session:${doctor.id}:${first.device}`);
    expect(pendingOf(held!.body).map(({ action }) => action)).toEqual(['session.begin', 'session.begin']);
  });

  it('AUD-1 records who failed to sign in', async () => {
    const hospital = await startAuditedHospital();
    opened.push(hospital.server);
    const reader = await hospital.server.signIn(auditorEmail);
    await expect(hospital.server.signIn(doctorEmail, { password: 'wrong' })).rejects.toThrow('401');
    const { entries } = await hospital.look(reader, { action: 'session.begin', outcome: 'denied' });
    expect(entries).toMatchObject([{ subjects: [doctor.id], by: [{ person: null }] }]);
  });
});
