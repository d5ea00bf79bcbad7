import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acknowledgeAnswerSchema } from '#shared/alert/protocol.ts';
import { addMs } from '#shared/lib/instant.ts';
import { storyStart } from '#tests/builders.ts';
import { testOrigin } from '#tests/server.ts';
import { openWard, staff, type Ward } from './ward.ts';

describe('alerts on the ward', () => {
  let ward: Ward;
  beforeEach(async () => {
    ward = await openWard();
    await ward.openGateway('one');
  });
  afterEach(() => ward.close());

  const post = (path: string, body: unknown) =>
    ward.gateways[0]?.server.app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: testOrigin },
      body: JSON.stringify(body),
    });
  const lastPush = () => {
    const push = ward.sender.sent.at(-1);
    if (push === undefined) throw new Error('nothing was pushed');
    return push.payload;
  };

  it('ALE-1 a new consult calls the first on call, and nobody of another department', async () => {
    for (const who of [staff.firstOnCall, staff.secondOnCall, staff.surgeon, staff.requester])
      await ward.reachable(who);
    await ward.submit('one', { urgency: 'emergency' });
    expect(ward.pushedTo()).toEqual(['first-on-call']);
  });

  it('FM-49 how many alerts people get stands in the metrics, and not who they are', async () => {
    await ward.reachable(staff.firstOnCall);
    await ward.reachable(staff.receiver);
    const figures = () => ward.gateways[0]?.server.parts.metrics.render() ?? '';
    expect(figures()).toMatch(/^hc_alerts_last_hour 0$/m);
    await ward.submit('one', { urgency: 'emergency' });
    await ward.submit('two', { urgency: 'emergency' });
    expect(figures()).toMatch(/^hc_alerts_last_hour 4$/m);
    expect(figures()).toMatch(/^hc_alerts_most_of_one_person_last_hour 2$/m);
    expect(figures()).toMatch(/^hc_alerts_waiting \d+$/m);
    expect(figures()).not.toContain(staff.firstOnCall.id);
  });

  it('ALE-3 a push holds nothing that names the patient or what was asked', async () => {
    await ward.reachable(staff.firstOnCall);
    await ward.submit('one', {
      urgency: 'emergency',
      question: 'Zebra stripes of the aorta?',
      reason: 'Okapi pain.',
    });
    const text = JSON.stringify(ward.sender.sent);
    for (const secret of ['Test Patient', 'MRN', 'Ward 4', 'Zebra', 'Okapi', 'Aspirin'])
      expect(text).not.toContain(secret);
    expect(lastPush()).toMatchObject({
      urgency: 'emergency',
      departmentName: 'cardiology',
      about: 'assigned',
    });
  });

  it('ALE-3 a ward tablet gets no acknowledge token, a personal device does', async () => {
    await ward.reachable(staff.firstOnCall, 'ward');
    await ward.submit('one', { urgency: 'emergency' });
    expect(lastPush().acknowledge).toBeNull();
    await ward.close();
    ward = await openWard();
    await ward.openGateway('one');
    await ward.reachable(staff.firstOnCall, 'personal');
    await ward.submit('one', { urgency: 'emergency' });
    expect(lastPush().acknowledge).not.toBeNull();
  });

  it('acknowledging from the notification takes the consult, and a second tap gets the same answer', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    const id = await ward.submit('one', { urgency: 'emergency' });
    const token = lastPush().acknowledge;
    ward.clock.advance(30_000);
    const first = acknowledgeAnswerSchema.parse(
      await (await post('/api/alert-tokens/acknowledge', { token }))?.json(),
    );
    expect(first).toMatchObject({ tookEffect: true, acknowledgedAt: ward.clock.now() });
    ward.clock.advance(90_000);
    const again = acknowledgeAnswerSchema.parse(
      await (await post('/api/alert-tokens/acknowledge', { token }))?.json(),
    );
    expect(again).toEqual(first);
    const consult = await ward.consult(id);
    expect(consult).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: staff.firstOnCall.id,
      assignee: staff.firstOnCall.id,
    });
    const acts = consult.timeline.filter(({ event }) => event.type === 'acknowledged');
    expect(acts).toHaveLength(1);
    expect(acts[0]?.event.via).toBe('notification');
  });

  it('CON-20 acknowledging what someone else took is kept, and answered as late', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    const id = await ward.submit('one', { urgency: 'emergency' });
    const token = lastPush().acknowledge;
    await ward.act(staff.secondOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    const answer = acknowledgeAnswerSchema.parse(
      await (await post('/api/alert-tokens/acknowledge', { token }))?.json(),
    );
    expect(answer.tookEffect).toBe(false);
    const consult = await ward.consult(id);
    expect(consult.acknowledgedBy).toBe(staff.secondOnCall.id);
    expect(consult.timeline.filter(({ event }) => event.type === 'acknowledged')).toHaveLength(2);
  });

  it('an unknown or foreign token is 404 and leaves nothing', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    const id = await ward.submit('one', { urgency: 'emergency' });
    const before = await ward.consult(id);
    const { receipt } = lastPush();
    for (const token of ['x'.repeat(40), receipt, `${lastPush().acknowledge ?? ''}x`]) {
      expect((await post('/api/alert-tokens/acknowledge', { token }))?.status).toBe(404);
    }
    expect((await ward.consult(id)).lastN).toBe(before.lastN);
  });

  it('ALE-4 shown and opened are kept once, in their first moment', async () => {
    await ward.reachable(staff.firstOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    const { receipt } = lastPush();
    for (const fact of ['shown', 'opened', 'shown']) {
      ward.clock.advance(10_000);
      expect((await post('/api/alert-tokens/receipt', { token: receipt, fact }))?.status).toBe(204);
    }
    const [alert] = (await ward.alertsOf(id)).filter(({ recipient }) => recipient === staff.firstOnCall.id);
    expect(alert?.facts.map(({ fact }) => fact).sort()).toEqual(['opened', 'planned', 'sent', 'shown']);
    expect(alert?.facts.find(({ fact }) => fact === 'shown')?.at).toBe(addMs(storyStart, 10_000));
  });

  it('FM-36 a dead subscription is forgotten at once', async () => {
    await ward.reachable(staff.firstOnCall);
    ward.sender.answer = () => ({ type: 'gone' });
    const id = await ward.submit('one', { urgency: 'emergency' });
    const product = ward.gateways[0]?.product;
    expect(await product?.subscriptions.of(staff.firstOnCall.id)).toEqual([]);
    const [alert] = (await ward.alertsOf(id)).filter(({ recipient }) => recipient === staff.firstOnCall.id);
    expect(alert?.facts.filter(({ fact }) => fact === 'sent').map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(['gone', 'none']),
    );
  });

  it('ALE-8 when someone takes it, the notifications of the others are closed', async () => {
    for (const who of [staff.firstOnCall, staff.secondOnCall]) await ward.reachable(who);
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.pass(7);
    expect(new Set(ward.pushedTo())).toEqual(new Set(['first-on-call', 'second-on-call']));
    await ward.act(staff.secondOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    // The first on call is told that it was taken over: that message replaces the call (same tag). The others get a closing one.
    const last = ward.sender.sent
      .filter(({ endpoint }) => endpoint.endsWith('/first-on-call'))
      .at(-1)?.payload;
    expect(last).toMatchObject({ about: 'reassigned-away', tag: `consult:${id}` });
    expect(ward.pushedTo('stand-down')).toContain('second-on-call');
    const calls = (await ward.alertsOf(id)).filter(
      ({ about }) => about === 'due-soon' || about === 'assigned',
    );
    expect(calls.length).toBeGreaterThan(1);
    for (const call of calls) expect(call.facts.map(({ fact }) => fact)).toContain('stood-down');
  });

  it('ALE-8 a slow push service that closes old notifications does not keep a new call waiting', async () => {
    for (const who of [staff.firstOnCall, staff.receiver, staff.requester]) await ward.reachable(who);
    const id = await ward.submit('one', { urgency: 'emergency' });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const send = ward.sender.send.bind(ward.sender);
    ward.sender.send = async (subscription, message) => {
      if (message.payload.type === 'stand-down') await held;
      return send(subscription, message);
    };
    ward.sender.sent.length = 0;
    const acted = ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    await expect.poll(() => ward.pushedTo()).toContain('requester');
    release();
    await acted;
    expect(ward.pushedTo('stand-down')).toContain('receiver');
  });

  it('PEO-4 a phone on which the session was ended is still called and can acknowledge nothing', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    const id = await ward.submit('one', { urgency: 'emergency' });
    const stolen = lastPush().acknowledge;
    expect(stolen).not.toBeNull();
    await ward.gateways[0]?.server.parts.accounts.endSessions(staff.firstOnCall.id);
    expect((await post('/api/alert-tokens/acknowledge', { token: stolen }))?.status).toBe(404);
    expect((await ward.consult(id)).acknowledgedBy).toBeNull();
    ward.sender.sent.length = 0;
    await ward.submit('two', { urgency: 'emergency' });
    expect(ward.pushedTo()).toEqual(['first-on-call']);
    expect(lastPush().acknowledge).toBeNull();
  });

  it('PEO-4 a device that was signed out is called no more', async () => {
    await ward.reachable(staff.firstOnCall);
    await (await ward.session(staff.firstOnCall)).delete('/api/session');
    await ward.submit('one', { urgency: 'emergency' });
    expect(ward.pushedTo()).toEqual([]);
  });

  it('ALE-12 an emergency that the push service did not take is sent again, also by a gateway that came after', async () => {
    await ward.reachable(staff.firstOnCall);
    ward.sender.answer = () => ({ type: 'failed', status: 503, retryAfterSeconds: null });
    await ward.submit('one', { urgency: 'emergency' });
    expect(ward.pushedTo()).toHaveLength(1);
    const tick = async () => {
      ward.gateways[0]?.product.planner.tick();
      await ward.gateways[0]?.product.planner.idle();
    };
    ward.clock.advance(9_000);
    await tick();
    expect(ward.pushedTo()).toHaveLength(1);
    ward.clock.advance(1_000);
    await tick();
    expect(ward.pushedTo()).toHaveLength(2);
    const [dying] = ward.gateways;
    await dying?.server.close();
    ward.gateways = [];
    const next = await ward.openGateway('next');
    await next.settle();
    ward.clock.advance(20_000);
    ward.sender.answer = () => ({ type: 'ok' });
    await tick();
    await tick();
    expect(ward.pushedTo()).toHaveLength(3);
    // Taken and silent: no failure is repeated any more, the person is called once again.
    ward.clock.advance(600_000);
    await tick();
    await tick();
    expect(ward.pushedTo()).toHaveLength(4);
    ward.clock.advance(600_000);
    await tick();
    expect(ward.pushedTo()).toHaveLength(4);
  });

  it('ALE-12 an alert that the store kept from being sent is sent when the store is back', async () => {
    await ward.reachable(staff.firstOnCall);
    const accounts = ward.store.database('accounts');
    const scan = accounts.scan.bind(accounts);
    const broken = vi.spyOn(accounts, 'scan').mockRejectedValue(new Error('no answer'));
    await ward.submit('one', { urgency: 'routine' });
    expect(ward.pushedTo()).toEqual([]);
    broken.mockImplementation((query) => scan(query));
    ward.clock.advance(15_000);
    ward.gateways[0]?.product.planner.tick();
    await ward.gateways[0]?.product.planner.idle();
    expect(ward.pushedTo()).toEqual(['first-on-call']);
  });

  it('FM-41 what was accepted and not yet told when the gateway died is told by the next one', async () => {
    await ward.reachable(staff.firstOnCall);
    const [gateway] = ward.gateways;
    if (gateway === undefined) throw new Error('no gateway');
    // The process ends between the write and the planning: its planner never sees the event.
    gateway.product.planner.consultChanged = () => undefined;
    await ward.submit('one', { urgency: 'emergency' });
    await gateway.server.close();
    ward.gateways = [];
    ward.sender.sent.length = 0;
    ward.clock.advance(20_000);
    const next = await ward.openGateway('next');
    await next.settle();
    expect(ward.pushedTo()).toEqual(['first-on-call']);
  });

  it('OPS-8 a subscription that points into the house is refused, and nothing is stored', async () => {
    const session = await ward.session(staff.firstOnCall);
    const keys = { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) };
    for (const endpoint of [
      'https://169.254.169.254/latest',
      'https://couchdb:6984/consults',
      'https://10.1.2.3/x',
    ]) {
      const response = await session.put('/api/alerts/subscription', { endpoint, keys });
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain(endpoint);
    }
    expect(await ward.gateways[0]?.product.subscriptions.of(staff.firstOnCall.id)).toEqual([]);
  });

  it('one token used without end is slowed down, and no other with it', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    await ward.submit('one', { urgency: 'emergency' });
    const { receipt, acknowledge } = lastPush();
    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < 40; n++)
      statuses.push((await post('/api/alert-tokens/receipt', { token: receipt, fact: 'shown' }))?.status);
    expect(statuses[0]).toBe(204);
    expect(statuses.at(-1)).toBe(429);
    expect((await post('/api/alert-tokens/acknowledge', { token: acknowledge }))?.status).toBe(200);
  });

  it('PEO-4 a subscription is for those who are signed in', async () => {
    const response = await ward.gateways[0]?.server.app.request('/api/alerts/subscription', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', origin: testOrigin },
      body: '{}',
    });
    expect(response?.status).toBe(401);
  });
});
