import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultTargets, urgencySchema, type Urgency } from '#shared/consult/vocabulary.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { departments } from '#tests/builders.ts';
import { remindersOf } from './escalation-calls.ts';
import { openWard, staff, type Ward } from './ward.ts';

let ward: Ward;
beforeEach(async () => {
  ward = await openWard({ devicesShow: true });
  await ward.openGateway('one');
  await ward.reachable(staff.firstOnCall);
});
afterEach(() => ward.close());

/** A hospital's own policy: it calls the duty administrator after ten days, and reminds nobody. */
const silent: EscalationPolicy = {
  steps: [
    {
      afterMinutes: 14_400,
      unless: 'completed',
      notify: [{ who: 'duty-administrator' }],
      repeatMinutes: 480,
      repeatTimes: null,
    },
  ],
};

async function setPolicy(policy: EscalationPolicy): Promise<void> {
  const directory = ward.store.database('directory');
  const held = await directory.get(departments.cardiology.id);
  if (held === null) throw new Error('nothing to change');
  const policies = { emergency: policy, urgent: policy, routine: policy };
  await directory.write([{ id: held.id, rev: held.rev, body: { ...held.body, policies } }]);
  for (const { server } of ward.gateways) await server.parts.directory.caughtUp();
}

/** Lets the time pass at once, and a minute more. */
async function until(minutes: number): Promise<void> {
  ward.clock.advance((minutes - 1) * 60_000);
  await ward.pass(1);
}

const told = async (id: ConsultId): Promise<string[]> =>
  (await remindersOf(ward, id)).map(({ unless, names }) => `${unless}: ${names.join(', ')}`);

describe('ALE-1 due soon, on the ward', () => {
  it.each<Urgency>(urgencySchema.options)(
    '%s: at three quarters of each target whoever is on it hears it once, though the policy of the hospital reminds nobody',
    async (urgency) => {
      await setPolicy(silent);
      const targets = defaultTargets[urgency];
      const id = await ward.submit('night', { urgency });
      await until(Math.ceil(targets.acknowledged * 0.75) - 1);
      expect(await told(id)).toEqual([]);
      await ward.pass(1);
      expect(await told(id)).toEqual(['acknowledged: first-on-call']);
      await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 1400, assignSelf: true });
      await until(Math.ceil(targets.seen * 0.75) - Math.ceil(targets.acknowledged * 0.75) + 1);
      expect(await told(id)).toEqual(['acknowledged: first-on-call', 'seen: first-on-call']);
      await ward.act(staff.firstOnCall, id, 'seen', {});
      await until(Math.ceil(targets.completed * 0.75) - Math.ceil(targets.seen * 0.75) + 1);
      const all = ['acknowledged: first-on-call', 'seen: first-on-call', 'completed: first-on-call'];
      expect(await told(id)).toEqual(all);
      for (const gateway of ward.gateways) await gateway.settle();
      expect(await told(id)).toEqual(all);
      const alerts = (await ward.alertsOf(id)).filter(({ about }) => about === 'due-soon');
      expect(alerts.map(({ recipient }) => recipient)).toEqual(Array(3).fill(staff.firstOnCall.id));
    },
  );

  it('a reminder stops no clock: the target runs out all the same', async () => {
    await setPolicy(silent);
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.pass(9);
    const { clocks, acknowledgedBy } = await ward.consult(id);
    expect(clocks?.acknowledged.stoppedAt).toBeNull();
    expect(acknowledgedBy).toBeNull();
  });

  it('whoever acknowledged before is not reminded to acknowledge', async () => {
    await setPolicy(silent);
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.pass(5);
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 60, assignSelf: true });
    await ward.pass(15);
    expect(await told(id)).toEqual([]);
  });

  it('FM-43 after an outage nobody is reminded of what has run out', async () => {
    await setPolicy(silent);
    const id = await ward.submit('night', { urgency: 'emergency' });
    await until(65);
    expect(await told(id)).toEqual([]);
  });
});
