import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessRequests, type AccessRequests } from '#server/auth/openid/access-requests.ts';
import { openRotaWard, type RotaWard } from './rota-ward.ts';
import { departments, grant, membership, person } from '#tests/builders.ts';

const manager = person('staff-manager', [membership(departments.medicine.id, 'clerk')], {
  grants: [grant('manage-staff')],
});
const onLeave = person('on-leave', [membership(departments.medicine.id, 'clerk')], {
  grants: [grant('manage-staff')],
  active: false,
});

describe('PEO-5 somebody the issuer vouches for asks for access', () => {
  let rota: RotaWard;
  let requests: AccessRequests;
  beforeEach(async () => {
    rota = await openRotaWard();
    await rota.put(manager, onLeave);
    requests = createAccessRequests(rota.ward.store.database('accounts'));
  });
  afterEach(() => rota.ward.close());

  const ask = (subject: string) =>
    requests.ask({
      issuer: 'https://issuer.test',
      subject,
      name: 'Noor Fatima',
      email: `${subject}@hospital.test`,
      at: rota.ward.clock.now(),
      by: {
        actor: { person: null, device: null, address: '::1', at: rota.ward.clock.now() },
        act: { action: 'access-request.ask', subjects: [] },
      },
    });
  async function look(): Promise<void> {
    for (const { product } of rota.ward.gateways) await product.access.tick();
    for (const gateway of rota.ward.gateways) await gateway.settle();
  }
  const told = async () =>
    (await rota.announcements('access-requested')).map(({ recipient, urgency }) => [recipient, urgency]);

  it('ALE-1 whoever may make people is told once, by any number of gateways, also after a restart', async () => {
    await rota.ward.reachable(manager);
    await ask('noor');
    await look();
    await rota.ward.openGateway('two');
    for (let again = 0; again < 3; again++) await look();
    expect(await told()).toEqual([[manager.id, 'routine']]);
    const pushes = rota.ward.sender.sent.filter(({ payload }) => payload.about === 'access-requested');
    expect(pushes).toHaveLength(1);
    expect(pushes[0]?.payload.open).toBe('/admin');
    expect(JSON.stringify(pushes)).not.toMatch(/noor/i);
  });

  it('nobody is told while nobody asks, or once they were made a person', async () => {
    await look();
    await ask('noor');
    const [gateway] = rota.ward.gateways;
    await gateway?.server.addAccount(onLeave.id, 'noor@hospital.test');
    await look();
    expect(await told()).toEqual([]);
  });

  it('who was dismissed and asks again is told of again', async () => {
    await ask('noor');
    await look();
    const [waiting] = await requests.list();
    await requests.dismiss(waiting?.id ?? '');
    await look();
    rota.ward.clock.advance(60_000);
    await ask('noor');
    await look();
    expect(await told()).toHaveLength(2);
  });
});
