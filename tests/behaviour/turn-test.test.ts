import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { reachabilityAnswerSchema, type Reach } from '#shared/alert/protocol.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { startWebhookSink, type WebhookSink } from '#tests/alert-counterparts/webhook-sink.ts';
import { departments, people } from '#tests/builders.ts';
import { at, duty, nameOf, openRotaWard, type RotaWard } from './rota-ward.ts';
import { staff } from './ward.ts';

const [evening, night] = [staff.firstOnCall, people.cardiologist];
const begins = at('20:00');
const mobile = '+923001234567';
const urgentBySms = {
  channels: { emergency: ['push', 'sms'], urgent: ['push', 'sms'], routine: ['push'] },
  quietHours: { from: '19:00', until: '07:00' },
};

describe('ALE-9 the start of a turn on call', () => {
  let rota: RotaWard;
  let sms: WebhookSink;
  beforeEach(async () => {
    sms = await startWebhookSink();
    rota = await openRotaWard({ outside: { mail: null, webhook: { url: sms.url, secret: sms.secret } } });
    for (const who of [evening, night, staff.secondOnCall, staff.receiver]) await rota.ward.reachable(who);
    await rota.rota(
      duty('first', evening, at('08:00'), begins),
      duty('first', night, begins, at('02:00', '2026-03-03')),
      duty('first', night, at('02:00', '2026-03-03'), at('08:00', '2026-03-03')),
    );
  });
  afterEach(async () => {
    await rota.ward.close();
    await sms.close();
  });

  const tests = async (): Promise<string[]> =>
    (await rota.announcements('test')).map(({ recipient, plannedAt }) => `${nameOf(recipient)} ${plannedAt}`);
  const testPushes = () => rota.ward.sender.sent.filter(({ payload }) => payload.about === 'test');
  const minutesIn = (minutes: number) => rota.until(addMinutes(begins, minutes));
  async function numberOf(who: typeof night): Promise<void> {
    const session = await rota.ward.session(who);
    await session.put('/api/alerts/preferences', { preferences: urgentBySms, mobile });
  }
  async function reachNow(): Promise<Reach | undefined> {
    const session = await rota.ward.session(staff.receiver);
    const answer = await session.post('/api/alerts/reachability', {
      department: departments.cardiology.id,
      urgency: 'emergency',
      preferredDoctor: null,
    });
    const { people: called } = reachabilityAnswerSchema.parse(await answer.json());
    return called.find(({ person }) => person === night.id);
  }
  async function shows(alert: Alert['id'] | undefined): Promise<void> {
    const [push] = testPushes();
    if (alert === undefined || push === undefined) throw new Error('no test was sent');
    await rota.ward.gateways[0]?.server.app.request('/api/alert-tokens/receipt', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: push.payload.receipt, fact: 'shown' }),
    });
  }

  it('whoever comes on call is sent one test, in quiet hours as well, and says why it came', async () => {
    await numberOf(night);
    await rota.look();
    expect(await tests()).toEqual([]);
    await minutesIn(0);
    expect(await tests()).toEqual([`${night.name} ${begins}`]);
    expect(testPushes().map(({ payload }) => [payload.test, payload.urgency, payload.open])).toEqual([
      ['turn', 'urgent', '/readiness'],
    ]);
    expect(sms.received).toEqual([]);
  });

  it('is sent once, with several gateways, after a restart, and where a turn goes on over a change of shift', async () => {
    await rota.ward.openGateway('two');
    await minutesIn(0);
    await rota.ward.openGateway('three');
    for (const minute of [1, 2, 6 * 60, 6 * 60 + 1]) await minutesIn(minute);
    expect(await tests()).toHaveLength(1);
    expect(testPushes()).toHaveLength(1);
  });

  it('comes no more when the turn began long ago, such as after an outage', async () => {
    await minutesIn(15);
    expect(await tests()).toEqual([]);
  });

  it('its receipt is seen by whoever would call them', async () => {
    expect(await reachNow()).toBeUndefined();
    await minutesIn(0);
    expect((await reachNow())?.turnTest).toEqual({ sentAt: begins, shownAt: null });
    rota.ward.clock.advance(30_000);
    await shows((await rota.announcements('test'))[0]?.id);
    expect((await reachNow())?.turnTest).toEqual({ sentAt: begins, shownAt: addMinutes(begins, 0.5) });
    await minutesIn(6);
    expect(testPushes()).toHaveLength(1);
  });

  it('what no device showed in five minutes comes by the next channel, and says so; nobody else is woken', async () => {
    await numberOf(night);
    await minutesIn(0);
    const before = new Set(rota.ward.pushedTo());
    await minutesIn(4);
    expect(sms.received).toEqual([]);
    await minutesIn(5);
    expect(sms.received.map(({ message }) => message.to)).toEqual([mobile]);
    expect(sms.received[0]?.message.text).toMatch(/^Test · cardiology: .*has not shown the test alert/);
    await minutesIn(60);
    expect(sms.received).toHaveLength(1);
    expect(testPushes()).toHaveLength(1);
    expect(new Set(rota.ward.pushedTo())).toEqual(before);
    expect((await reachNow())?.turnTest?.shownAt).toBeNull();
  });

  describe('one way only', () => {
    const told = () => rota.told('one-way');

    it('is told to themselves in the app alone, once a turn, and seen before sending', async () => {
      await minutesIn(0);
      const pushed = rota.ward.sender.sent.length;
      await minutesIn(4);
      expect(await told()).not.toContain(`routine ${night.name}`);
      for (const minute of [5, 6, 120]) await minutesIn(minute);
      expect((await told()).filter((line) => line.endsWith(night.name))).toEqual([`routine ${night.name}`]);
      expect(rota.ward.sender.sent.slice(pushed).map(({ payload }) => payload.about)).not.toContain(
        'one-way',
      );
      expect(await reachNow()).toMatchObject({ isOneWay: true, channels: ['push'], verdict: 'alive' });
    });

    it('a second way ends it', async () => {
      await numberOf(night);
      for (const minute of [0, 5, 6]) await minutesIn(minute);
      expect(await told()).not.toContain(`routine ${night.name}`);
      expect(await reachNow()).toMatchObject({ isOneWay: false });
    });

    it('is no matter in a hospital that has set up one way only', async () => {
      await rota.ward.close();
      rota = await openRotaWard();
      await rota.ward.reachable(night);
      await rota.rota(duty('first', night, at('08:00'), begins));
      await rota.until(at('15:00'));
      expect(await told()).toEqual([]);
    });
  });
});
