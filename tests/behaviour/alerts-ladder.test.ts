import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { alertState } from '#shared/alert/receipts.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMs } from '#shared/lib/instant.ts';
import { consultId } from '#tests/builders.ts';
import { testOrigin } from '#tests/server.ts';
import { openWard, staff, type Ward } from './ward.ts';

/** A machine that does much else at the time is slow, not wrong. */
const patiently = { timeout: 20_000 };

describe('ALE-4 the ladder on the ward', () => {
  let ward: Ward;
  beforeEach(async () => {
    ward = await openWard();
    await ward.openGateway('one');
  });
  afterEach(() => ward.close());

  async function settle(): Promise<void> {
    for (const gateway of ward.gateways) await gateway.settle();
  }
  async function after(seconds: number): Promise<void> {
    ward.clock.advance(seconds * 1000);
    await settle();
  }
  async function everybodyReachable(): Promise<void> {
    for (const who of [staff.firstOnCall, staff.secondOnCall, staff.consultantOnCall, staff.head])
      await ward.reachable(who);
  }
  const report = (token: string, fact: 'shown' | 'opened' = 'shown') =>
    ward.gateways[0]?.server.app.request('/api/alert-tokens/receipt', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: testOrigin },
      body: JSON.stringify({ token, fact }),
    });
  const alertTo = async (id: ConsultId, who: Person): Promise<Alert> => {
    const found = (await ward.alertsOf(id)).find(({ recipient }) => recipient === who.id);
    if (found === undefined) throw new Error(`no alert to ${who.name}`);
    return found;
  };
  const pushesTo = (who: Person) =>
    ward.sender.sent.filter(
      ({ endpoint, payload }) => endpoint.endsWith(`/${who.name}`) && payload.type === 'alert',
    );

  const calledFor = (about: string): string[] =>
    ward.sender.sent
      .filter(({ payload }) => payload.about === about && payload.type === 'alert')
      .map(({ endpoint }) => endpoint.slice(endpoint.lastIndexOf('/') + 1));

  it('FM-35 an emergency that no device showed for a minute is pushed again, under the same tag', async () => {
    await ward.reachable(staff.firstOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(59);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
    await after(1);
    expect(pushesTo(staff.firstOnCall).map(({ payload }) => payload.tag)).toEqual([
      `consult:${id}`,
      `consult:${id}`,
    ]);
  });

  it('after another minute of silence the second on call is called instead, and the alert says why', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(60);
    expect(pushesTo(staff.secondOnCall)).toEqual([]);
    await after(60);
    expect(pushesTo(staff.secondOnCall)).toHaveLength(1);
    expect(await alertTo(id, staff.secondOnCall)).toMatchObject({
      as: 'on-call second',
      about: 'assigned',
      insteadOf: staff.firstOnCall.id,
    });
  });

  it('and so on, upwards, while every device is silent', async () => {
    await everybodyReachable();
    await ward.submit('one', { urgency: 'emergency' });
    for (let minute = 0; minute < 6; minute++) await after(60);
    expect([...new Set(calledFor('assigned'))]).toEqual([
      'first-on-call',
      'second-on-call',
      'consultant-on-call',
      'head',
    ]);
  });

  it('a device that showed it in time ends the ladder: nobody else is called for it', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await report(pushesTo(staff.firstOnCall)[0]?.payload.receipt ?? '');
    await after(60);
    await after(60);
    expect(calledFor('assigned')).toEqual(['first-on-call']);
    expect((await ward.alertsOf(id)).some(({ insteadOf }) => insteadOf !== undefined)).toBe(false);
  });

  it('FM-38 a receipt that comes late ends the repeats and takes nothing back', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(60);
    await after(60);
    await report(pushesTo(staff.firstOnCall)[0]?.payload.receipt ?? '', 'opened');
    await after(5);
    await report(pushesTo(staff.firstOnCall)[0]?.payload.receipt ?? '', 'shown');
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('opened');
    const before = pushesTo(staff.firstOnCall).length;
    await after(50);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(before);
    expect(alertState(await alertTo(id, staff.secondOnCall))).toBe('sent');
  });

  it('FM-36 a dead subscription and no other channel: the next person at once', async () => {
    await everybodyReachable();
    ward.sender.answer = (endpoint) =>
      endpoint.endsWith('/first-on-call') ? { type: 'gone' } : { type: 'ok' };
    // The phone is the only thing that ever spoke for this person: signed in long ago.
    ward.clock.advance(11 * 60_000);
    await ward.submit('one', { urgency: 'emergency' });
    expect(calledFor('assigned')).toEqual(['first-on-call', 'second-on-call']);
  });

  it('FM-45 whoever has no channel is passed over on the way up', async () => {
    for (const who of [staff.firstOnCall, staff.head]) await ward.reachable(who);
    await ward.submit('one', { urgency: 'emergency' });
    await after(60);
    await after(60);
    expect([...new Set(calledFor('assigned'))]).toEqual(['first-on-call', 'head']);
  });

  it('somebody without any channel whose app is open gets a minute before the next person is called', async () => {
    await ward.session(staff.firstOnCall);
    await ward.reachable(staff.secondOnCall);
    await ward.submit('one', { urgency: 'emergency' });
    await after(59);
    expect(ward.pushedTo()).toEqual([]);
    await after(1);
    expect(ward.pushedTo()).toEqual(['second-on-call']);
  });

  it('an urgent one waits five minutes for each', async () => {
    await everybodyReachable();
    await ward.submit('one', { urgency: 'urgent' });
    await after(299);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
    await after(1);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(2);
    await after(300);
    expect(pushesTo(staff.secondOnCall).length).toBeGreaterThan(0);
  });

  it('a routine one is sent once and waits', async () => {
    await everybodyReachable();
    await ward.submit('one', { urgency: 'routine' });
    for (let minute = 0; minute < 30; minute++) await after(60);
    expect(ward.pushedTo()).toEqual(['first-on-call']);
  });

  it('FM-48 taken by somebody meanwhile: nobody is called again', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.act(staff.secondOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    ward.sender.sent.length = 0;
    await after(60);
    await after(60);
    expect(ward.pushedTo().filter((name) => name !== 'requester')).toEqual(['first-on-call']);
    // That one is told again that it was taken over; it is no call.
    expect(ward.sender.sent.map(({ payload }) => payload.about)).toEqual(['reassigned-away']);
  });

  it('FM-48 cancelled meanwhile: no call goes out any more', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.act(staff.requester, id, 'cancelled', { reason: 'Died.' });
    ward.sender.sent.length = 0;
    for (let minute = 0; minute < 5; minute++) await after(60);
    const calls = ['assigned', 'new-consult', 'escalated', 'due-soon', 'breached'];
    expect(ward.sender.sent.filter(({ payload }) => calls.includes(payload.about))).toEqual([]);
  });

  it('ALE-8 the stand-in’s notification is closed as well when somebody takes it', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(60);
    await after(60);
    await ward.act(staff.consultantOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    expect(ward.pushedTo('stand-down')).toContain('second-on-call');
    expect((await alertTo(id, staff.secondOnCall)).facts.map(({ fact }) => fact)).toContain('stood-down');
  });

  it('whoever left between two calls is called no more, and the next person is', async () => {
    await everybodyReachable();
    await ward.submit('one', { urgency: 'emergency' });
    ward.sender.sent.length = 0;
    await ward.gateways[0]?.server.putDirectory([{ ...staff.firstOnCall, active: false }]);
    await after(60);
    await after(60);
    expect(ward.pushedTo()).not.toContain('first-on-call');
    expect(ward.pushedTo()).toContain('second-on-call');
  });

  it('FM-40 two gateways: each call goes out once', async () => {
    await everybodyReachable();
    await ward.openGateway('two');
    await ward.submit('one', { urgency: 'emergency' });
    for (let second = 0; second < 150; second += 5) {
      ward.clock.advance(5_000);
      await ward.settleTogether();
    }
    expect(pushesTo(staff.firstOnCall)).toHaveLength(2);
    expect(pushesTo(staff.secondOnCall)).toHaveLength(1);
  });

  it('FM-41 a gateway that died after its creation is followed by the other one, with the same tag', async () => {
    await everybodyReachable();
    const two = await ward.openGateway('two');
    const send = ward.sender.send.bind(ward.sender);
    // The first one dies while it is sending: what came of it is never written down.
    let isDying = true;
    ward.sender.send = (subscription, message) =>
      isDying ? new Promise(() => undefined) : send(subscription, message);
    const [one] = ward.gateways;
    if (one === undefined) throw new Error('no gateway');
    one.settle = () => Promise.resolve();
    const planOfTwo = two.product.planner.consultChanged.bind(two.product.planner);
    // The second one hears of the consult after the first one began.
    const heard: Parameters<typeof planOfTwo>[0][] = [];
    two.product.planner.consultChanged = (consult) => void heard.push(consult);
    const id = await ward.submit('one', { urgency: 'emergency' });
    await one.product.sync.caughtUp();
    await expect.poll(async () => (await ward.alertsOf(id)).length, patiently).toBeGreaterThan(0);
    for (const consult of heard) planOfTwo(consult);
    await two.product.planner.idle();
    isDying = false;
    ward.gateways = [two];
    expect(ward.pushedTo()).toEqual([]);
    await after(2);
    expect(ward.pushedTo()).toEqual([]);
    await after(1);
    expect(pushesTo(staff.firstOnCall).map(({ payload }) => payload.tag)).toEqual([`consult:${id}`]);
  });

  it('FM-40 a gateway that lives and is slow keeps what it began: nobody is called twice', async () => {
    await everybodyReachable();
    const two = await ward.openGateway('two');
    const [one] = ward.gateways;
    if (one === undefined) throw new Error('no gateway');
    const send = ward.sender.send.bind(ward.sender);
    const answers: (() => void)[] = [];
    ward.sender.send = async (subscription, message) => {
      await new Promise<void>((taken) => answers.push(taken));
      return send(subscription, message);
    };
    one.settle = () => Promise.resolve();
    const planOfTwo = two.product.planner.consultChanged.bind(two.product.planner);
    const heard: Parameters<typeof planOfTwo>[0][] = [];
    two.product.planner.consultChanged = (consult) => void heard.push(consult);
    const id = await ward.submit('one', { urgency: 'emergency' });
    // All that it sends is under way: what is sent from here on, the other one sends.
    await expect
      .poll(async () => answers.length > 0 && answers.length === (await ward.alertsOf(id)).length, patiently)
      .toBe(true);
    for (const consult of heard) planOfTwo(consult);
    await two.product.planner.idle();
    const sendsOfTwo: string[] = [];
    ward.gateways = [two];
    const claims = ward.store.database('claims');
    const isToldAt = async (): Promise<unknown> =>
      (await claims.scan({ startKey: 'lead:', endKey: 'lead:\uffff', limit: 9, includeDocs: true })).map(
        ({ doc }) => doc?.body['until'],
      );
    // A push service that takes eight seconds.
    for (let second = 1; second <= 8; second++) {
      ward.clock.advance(1_000);
      one.product.planner.tick();
      await expect.poll(isToldAt, patiently).toEqual([addMs(ward.clock.now(), 3_000)]);
      ward.sender.send = (subscription, message) => {
        sendsOfTwo.push(subscription.endpoint);
        return send(subscription, message);
      };
      await two.settle();
      expect(sendsOfTwo).toEqual([]);
    }
    for (const answer of answers) answer();
    await one.product.planner.idle();
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
    // Done: it takes its word back, and the other one finds the alert sent.
    one.product.planner.tick();
    await expect.poll(isToldAt, patiently).toEqual([]);
    await after(20);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
  });

  it('FM-40 whoever created it and comes late finds that another gateway has sent it', async () => {
    await everybodyReachable();
    const two = await ward.openGateway('two');
    const [one] = ward.gateways;
    if (one === undefined) throw new Error('no gateway');
    // The first one is stopped in its tracks between creating the alert and sending it.
    const accounts = ward.store.database('accounts');
    const scan = accounts.scan.bind(accounts);
    let goOn = (): void => undefined;
    const isStopped = new Promise<void>((resolve) => {
      accounts.scan = async (query) => {
        if (!query.startKey.startsWith(`subscription:${staff.firstOnCall.id}`)) return scan(query);
        accounts.scan = scan;
        resolve();
        await new Promise<void>((released) => (goOn = released));
        return scan(query);
      };
    });
    one.settle = () => Promise.resolve();
    const planOfTwo = two.product.planner.consultChanged.bind(two.product.planner);
    const heard: Parameters<typeof planOfTwo>[0][] = [];
    two.product.planner.consultChanged = (consult) => void heard.push(consult);
    await ward.submit('one', { urgency: 'emergency' });
    await isStopped;
    for (const consult of heard) planOfTwo(consult);
    await two.product.planner.idle();
    expect(pushesTo(staff.firstOnCall)).toEqual([]);
    ward.gateways = [two];
    await after(3);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
    goOn();
    await one.product.planner.idle();
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
  });

  it('FM-41 one that said it lives and died then is followed three seconds later', async () => {
    await everybodyReachable();
    const two = await ward.openGateway('two');
    const [one] = ward.gateways;
    if (one === undefined) throw new Error('no gateway');
    const send = ward.sender.send.bind(ward.sender);
    const asked = new Promise<void>((resolve) => {
      ward.sender.send = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    one.settle = () => Promise.resolve();
    const planOfTwo = two.product.planner.consultChanged.bind(two.product.planner);
    const heard: Parameters<typeof planOfTwo>[0][] = [];
    two.product.planner.consultChanged = (consult) => void heard.push(consult);
    await ward.submit('one', { urgency: 'emergency' });
    await asked;
    for (const consult of heard) planOfTwo(consult);
    await two.product.planner.idle();
    ward.sender.send = send;
    ward.clock.advance(2_000);
    one.product.planner.tick();
    await expect
      .poll(async () => (await ward.store.database('claims').get('lead:one')) !== null, patiently)
      .toBe(true);
    ward.gateways = [two];
    await after(2);
    expect(pushesTo(staff.firstOnCall)).toEqual([]);
    await after(1);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
  });

  it('FM-41 begun and never answered for: the next gateway sends it again, and both tries stand in the alert', async () => {
    await everybodyReachable();
    const id = await ward.submit('one', { urgency: 'emergency' });
    const [dying] = ward.gateways;
    const send = ward.sender.send.bind(ward.sender);
    ward.sender.send = () => new Promise(() => undefined);
    ward.clock.advance(60_000);
    // It writes down that it sends, and is heard of no more.
    dying?.product.planner.tick();
    await expect
      .poll(async () =>
        (await alertTo(id, staff.firstOnCall)).facts.some(
          ({ fact, attempt }) => fact === 'planned' && attempt === 1,
        ),
      )
      .toBe(true);
    ward.sender.send = send;
    ward.sender.sent.length = 0;
    ward.gateways = [];
    const next = await ward.openGateway('next');
    await next.settle();
    await after(2);
    expect(pushesTo(staff.firstOnCall)).toEqual([]);
    // It does not say that it lives.
    await after(1);
    expect(pushesTo(staff.firstOnCall)).toHaveLength(1);
    const { facts } = await alertTo(id, staff.firstOnCall);
    expect(
      facts.filter(({ fact }) => fact === 'sent').map(({ attempt, outcome }) => [attempt, outcome]),
    ).toEqual([
      [0, 'ok'],
      [2, 'ok'],
    ]);
  });

  it('FM-49 routine alerts that come within a minute become one notification, whose receipt counts for all', async () => {
    await ward.reachable(staff.firstOnCall);
    const ids: ConsultId[] = [];
    for (const name of ['one', 'two', 'three', 'four'])
      ids.push(await ward.submit(name, { urgency: 'routine' }));
    expect(ward.pushedTo()).toEqual(['first-on-call']);
    await after(60);
    expect(ward.pushedTo()).toEqual(['first-on-call', 'first-on-call']);
    const bundle = ward.sender.sent.at(-1)?.payload;
    expect(bundle).toMatchObject({ count: 3, open: '/alerts', acknowledge: null });
    await report(bundle?.receipt ?? '');
    for (const id of ids.slice(1)) expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('shown');
    expect(alertState(await alertTo(ids[0] ?? consultId('none'), staff.firstOnCall))).toBe('sent');
    for (let minute = 0; minute < 5; minute++) await after(60);
    expect(ward.pushedTo()).toHaveLength(2);
  });

  it('FM-49 an emergency does not wait behind a bundle', async () => {
    await ward.reachable(staff.firstOnCall);
    for (const name of ['one', 'two']) await ward.submit(name, { urgency: 'routine' });
    await ward.submit('now', { urgency: 'emergency' });
    expect(ward.sender.sent.map(({ payload }) => payload.urgency)).toEqual(['routine', 'emergency']);
  });

  it('what was held for a bundle and cancelled meanwhile does not go out', async () => {
    await ward.reachable(staff.firstOnCall);
    await ward.submit('one', { urgency: 'routine' });
    const id = await ward.submit('two', { urgency: 'routine' });
    await ward.act(staff.requester, id, 'cancelled', { reason: 'Wrong bed.' });
    await after(60);
    expect(ward.sender.sent.filter(({ payload }) => payload.type === 'alert')).toHaveLength(1);
  });

  it('whoever opens the consult has seen what they were told of it, and whoever answers has acted', async () => {
    await ward.reachable(staff.firstOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    ward.clock.advance(20_000);
    await ward.act(staff.firstOnCall, id, 'opened', {});
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('opened');
    await after(60);
    expect(ward.pushedTo()).toHaveLength(1);
    await ward.act(staff.firstOnCall, id, 'seen', {});
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('acted');
    // The requester's alert is told by the doctor's act; it is not theirs.
    expect(alertState(await alertTo(id, staff.requester))).not.toBe('acted');
  });
});
