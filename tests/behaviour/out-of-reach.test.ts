import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, people } from '#tests/builders.ts';
import { at, duty, nameOf, openRotaWard, type RotaWard } from './rota-ward.ts';
import { staff } from './ward.ts';

const [evening, night] = [staff.firstOnCall, people.cardiologist];

describe('ALE-9 FM-37 somebody on call whom nothing reaches', () => {
  let rota: RotaWard;
  beforeEach(async () => {
    rota = await openRotaWard();
    for (const who of [staff.secondOnCall, staff.consultantOnCall, staff.dutyAdministrator, staff.receiver])
      await rota.ward.reachable(who);
    await rota.rota(
      duty('first', evening, at('08:00'), at('20:00')),
      duty('first', night, at('20:00'), at('08:00', '2026-03-10')),
    );
  });
  afterEach(() => rota.ward.close());

  /** Whom nothing reaches, and who was told. */
  const told = async (): Promise<string[]> =>
    (await rota.announcements('unreachable')).map(
      ({ cause, recipient }) => `${nameOf(cause.slice(0, 36))} to ${nameOf(recipient)}`,
    );

  it('the department is told before any call finds it out, once per turn, by any number of gateways', async () => {
    await rota.look();
    expect(await told()).toEqual([`${evening.name} to ${staff.receiver.name}`]);
    await rota.ward.openGateway('two');
    for (const time of ['13:10', '14:00', '19:59']) await rota.until(at(time));
    expect(await told()).toHaveLength(1);
    expect(new Set(rota.ward.pushedTo())).toEqual(new Set([staff.receiver.name]));
  });

  it('whoever comes on duty has five minutes to turn alerts on', async () => {
    await rota.ward.reachable(evening);
    await rota.until(at('20:00'));
    await rota.until(addMinutes(at('20:00'), 4));
    expect(await told()).toEqual([]);
    await rota.until(addMinutes(at('20:00'), 6));
    expect(await told()).toEqual([`${night.name} to ${staff.receiver.name}`]);
  });

  it('nobody is told of somebody who can be woken, nor of a tier that is called by nothing', async () => {
    await rota.ward.reachable(evening);
    await rota.ward.reachable(night);
    await rota.until(at('21:00'));
    expect(await told()).toEqual([]);
  });

  it('a device that died in the middle of the turn is told as well', async () => {
    await rota.ward.reachable(evening);
    await rota.look();
    expect(await told()).toEqual([]);
    const session = await rota.ward.session(evening);
    expect((await session.delete('/api/alerts/subscription')).status).toBe(204);
    await rota.until(at('15:00'));
    expect(await told()).toEqual([`${evening.name} to ${staff.receiver.name}`]);
  });

  it('a receiver who is on call themselves does not hear of their own silence: the head does', async () => {
    const [gateway] = rota.ward.gateways;
    const held = gateway?.server.parts.directory.current().departments.get(departments.cardiology.id);
    if (held === undefined) throw new Error('no department');
    await rota.put({ ...held, receiver: evening.id });
    await rota.look();
    expect(await told()).toContain(`${evening.name} to ${staff.head.name}`);
  });
});
