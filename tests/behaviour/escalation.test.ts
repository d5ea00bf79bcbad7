import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWard, staff, type Ward } from './ward.ts';

describe('ALE-6 escalation on the ward', () => {
  let ward: Ward;
  beforeEach(async () => {
    ward = await openWard({ devicesShow: true });
    await ward.openGateway('one');
    for (const who of [
      staff.firstOnCall,
      staff.secondOnCall,
      staff.consultantOnCall,
      staff.receiver,
      staff.head,
      staff.parentHead,
      staff.dutyAdministrator,
    ])
      await ward.reachable(who);
  });
  afterEach(() => ward.close());

  const escalations = async (id: Awaited<ReturnType<Ward['submit']>>) =>
    (await ward.consult(id)).timeline.filter(({ event }) => event.type === 'escalated');

  it('an unanswered emergency climbs tier by tier, upwards, to the duty administrator, and stands in the timeline', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    ward.sender.sent.length = 0;
    await ward.pass(30);
    const order = [...new Set(ward.pushedTo())];
    const ladder = [
      'first-on-call',
      'second-on-call',
      'consultant-on-call',
      'head',
      'parent-head',
      'duty-administrator',
    ];
    expect(order.filter((name) => ladder.includes(name))).toEqual(ladder);
    expect((await escalations(id)).length).toBeGreaterThanOrEqual(6);
  });

  it('each step calls each person once, however often the scan runs', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.pass(5);
    for (let scan = 0; scan < 5; scan++) for (const gateway of ward.gateways) await gateway.settle();
    const alerts = (await ward.alertsOf(id)).filter(({ cause }) => cause.endsWith(':escalated'));
    for (const alert of alerts) {
      expect(alert.facts.filter(({ fact }) => fact === 'sent')).toHaveLength(1);
    }
    const steps = await escalations(id);
    expect(new Set(steps.map(({ event }) => event.id)).size).toBe(steps.length);
  });

  it('stops the moment a person acknowledges, and goes on for the bedside', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.pass(4);
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    const before = (await escalations(id)).length;
    await ward.pass(14);
    expect((await escalations(id)).length).toBe(before);
    await ward.pass(20);
    const later = (await escalations(id)).slice(before).map(({ event }) => event.body['unless']);
    expect(later).not.toContain('acknowledged');
    expect(later.length).toBeGreaterThan(0);
  });

  it('CON-16 FM-46a an automatic assignment stops no clock: the escalation goes on', async () => {
    const id = await ward.submit('night', { urgency: 'emergency', preferredDoctor: staff.firstOnCall.id });
    const consult = await ward.consult(id);
    expect(consult.assignedBy?.automatic).toBe(true);
    expect(consult.clocks?.acknowledged.stoppedAt).toBeNull();
    await ward.pass(12);
    expect((await escalations(id)).length).toBeGreaterThan(1);
  });

  it.each([['cancelled' as const, { reason: 'Patient transferred.' }]])('%s ends it', async (type, body) => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.pass(2);
    await ward.act(staff.requester, id, type, body);
    const before = (await escalations(id)).length;
    await ward.pass(60);
    expect((await escalations(id)).length).toBe(before);
  });

  it('two gateways on one store fire each step once', async () => {
    await ward.openGateway('two');
    const id = await ward.submit('night', { urgency: 'emergency' });
    for (let minute = 0; minute < 12; minute++) {
      ward.clock.advance(60_000);
      await ward.settleTogether();
    }
    const steps = await escalations(id);
    expect(steps.length).toBeGreaterThan(2);
    expect(new Set(steps.map(({ event }) => event.id)).size).toBe(steps.length);
    for (const alert of await ward.alertsOf(id)) {
      expect(
        alert.facts.filter(({ fact, outcome }) => fact === 'sent' && outcome === 'ok').length,
      ).toBeLessThanOrEqual(1);
    }
  });

  it('FM-43 a gateway that was down for an hour goes to the present level without a burst', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.gateways[0]?.server.close();
    ward.gateways = [];
    ward.clock.advance(40 * 60_000);
    ward.sender.sent.length = 0;
    const gateway = await ward.openGateway('again');
    await gateway.settle();
    const told = ward.pushedTo();
    expect(told).toContain('duty-administrator');
    expect(
      Math.max(...[...new Set(told)].map((name) => told.filter((each) => each === name).length)),
    ).toBeLessThanOrEqual(3);
    expect((await escalations(id)).length).toBeGreaterThan(0);
  });
});
