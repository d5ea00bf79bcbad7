import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { productModules } from '#server/compose.ts';
import { staffSessionsSchema } from '#shared/administration/staff.ts';
import type { TestSession } from '#tests/server.ts';
import { chiefEmail, doctor, doctorEmail, newcomer } from '#tests/http/people.ts';
import { startOpenIdServer, type OpenIdServer } from './openid-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const path = (person: string, what: string): string => `/api/staff/${person}/${what}`;
const account = (sub: string) => ({ sub, email: doctorEmail, email_verified: true, name: 'Somebody' });

describe('a link to the wrong account at the issuer', () => {
  let hospital: OpenIdServer;
  let chief: TestSession;
  beforeAll(async () => {
    hospital = await startOpenIdServer(productModules);
    chief = await hospital.server.signIn(chiefEmail);
  });
  afterAll(() => hospital.close());
  const linkedAt = async (): Promise<string | null> =>
    staffSessionsSchema.parse(await (await chief.get(path(doctor.id, 'sessions'))).json()).openIdLinkedAt;

  it('PEO-5 is lifted by an administrator: who came in by it is out, and another account may be linked', async () => {
    expect(await linkedAt()).toBeNull();
    const wrong = hospital.browser();
    expect((await wrong.signIn(account('somebody-else'))).status).toBe(200);
    expect((await hospital.browser().signIn(account('the-doctor'))).status).toBe(403);
    expect(await linkedAt()).toBe(hospital.server.clock.now());

    expect((await chief.delete(path(doctor.id, 'openid-link'))).status).toBe(204);
    expect(await linkedAt()).toBeNull();
    expect((await wrong.get('/api/session')).status).toBe(401);
    expect((await hospital.browser().signIn(account('the-doctor'))).status).toBe(200);
    expect((await hospital.browser().signIn(account('somebody-else'))).status).toBe(403);
  });

  it('PEO-5 AUD-1 says so in the audit, and refuses where there is none or for who may not', async () => {
    // Moved out of its document behind the answer.
    await vi.waitFor(
      async () => {
        const audit = await chief.get('/api/audit?action=account.lift-openid');
        expect(await audit.json()).toMatchObject({
          entries: [{ by: [{ person: chief.person }], subjects: [doctor.id], outcome: 'done' }],
        });
      },
      { timeout: 15_000 },
    );
    expect((await chief.delete(path(newcomer.id, 'openid-link'))).status).toBe(409);
    const colleague = await hospital.server.signIn(doctorEmail);
    expect((await colleague.delete(path(doctor.id, 'openid-link'))).status).toBe(403);
  });
});
