import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertSchema, type Alert } from '#shared/alert/alert.ts';
import type { AlertPreferences } from '#shared/alert/preferences.ts';
import {
  alertPreferencesAnswerSchema,
  reachabilityAnswerSchema,
  testAlertAnswerSchema,
} from '#shared/alert/protocol.ts';
import { alertState } from '#shared/alert/receipts.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMs, instant, instantToMs } from '#shared/lib/instant.ts';
import { departments, storyStart } from '#tests/builders.ts';
import { startMailServer, type MailServer } from '#tests/alert-counterparts/mail-server.ts';
import { signatureFor, startWebhookSink, type WebhookSink } from '#tests/alert-counterparts/webhook-sink.ts';
import { openWard, staff, type Ward } from './ward.ts';

const mobile = '+923001234567';
const everything: AlertPreferences = {
  channels: {
    emergency: ['push', 'sms', 'email'],
    urgent: ['push', 'sms', 'email'],
    routine: ['push'],
  },
  quietHours: null,
};

describe('ALE-2 channels on the ward', () => {
  let ward: Ward;
  let mail: MailServer;
  let sms: WebhookSink;
  beforeEach(async () => {
    [mail, sms] = await Promise.all([startMailServer(), startWebhookSink()]);
    ward = await openWard({
      outside: {
        mail: { url: mail.url, from: 'Consults <consults@hospital.test>' },
        webhook: { url: sms.url, secret: sms.secret },
      },
    });
    await ward.openGateway('one');
  });
  afterEach(async () => {
    await ward.close();
    await Promise.all([mail.close(), sms.close()]);
  });

  async function after(seconds: number): Promise<void> {
    ward.clock.advance(seconds * 1000);
    for (const gateway of ward.gateways) await gateway.settle();
  }
  async function wishes(
    who: Person,
    preferences: AlertPreferences = everything,
    number: string | null = null,
  ) {
    const session = await ward.session(who);
    return session.put('/api/alerts/preferences', { preferences, mobile: number });
  }
  const alertTo = async (id: ConsultId, who: Person): Promise<Alert> => {
    const found = (await ward.alertsOf(id)).find(({ recipient }) => recipient === who.id);
    if (found === undefined) throw new Error(`no alert to ${who.name}`);
    return found;
  };
  const mailsTo = (who: Person) => mail.received.filter(({ to }) => to === `${who.name}@hospital.test`);
  const signed = (body: string, at = ward.clock.now(), secret = sms.secret) => {
    const timestamp = String(Math.floor(instantToMs(at) / 1000));
    return { 'x-hc-timestamp': timestamp, 'x-hc-signature': signatureFor(secret, timestamp, body) };
  };
  const provider = (body: string, headers: Record<string, string>) =>
    ward.gateways[0]?.server.app.request('/api/alert-webhook/receipt', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const says = (id: string, status: 'delivered' | 'failed') => {
    const body = JSON.stringify({ id, status, network: 'Ufone' });
    return provider(body, signed(body));
  };

  it('an emergency whose push is silent goes out as SMS after a minute, as e-mail after two', async () => {
    await ward.reachable(staff.firstOnCall);
    await wishes(staff.firstOnCall, everything, mobile);
    await ward.submit('one', { urgency: 'emergency' });
    expect([sms.received.length, mail.received.length]).toEqual([0, 0]);
    await after(60);
    expect(sms.received.map(({ message }) => message.to)).toEqual([mobile]);
    expect(mailsTo(staff.firstOnCall)).toEqual([]);
    await after(60);
    expect(sms.received).toHaveLength(1);
    expect(mailsTo(staff.firstOnCall)).toHaveLength(1);
    expect(sms.faults).toEqual([]);
  });

  it('FM-36 a dead subscription: the SMS goes out at once', async () => {
    await ward.reachable(staff.firstOnCall);
    await wishes(staff.firstOnCall, everything, mobile);
    ward.sender.answer = () => ({ type: 'gone' });
    await ward.submit('one', { urgency: 'emergency' });
    expect(sms.received).toHaveLength(1);
  });

  it('FM-39 neither mail nor SMS holds anything of the patient or of the request', async () => {
    await ward.session(staff.firstOnCall);
    await wishes(staff.firstOnCall, everything, mobile);
    const id = await ward.submit('one', {
      urgency: 'emergency',
      question: 'Zebra stripes of the aorta?',
      reason: 'Okapi pain.',
    });
    await after(60);
    await after(60);
    const [letter] = mailsTo(staff.firstOnCall);
    const text = [sms.received[0]?.body, letter?.raw, letter?.text, letter?.html, letter?.subject].join('\n');
    expect(sms.received).toHaveLength(1);
    for (const secret of ['Test Patient', 'MRN', 'Ward 4', 'Zebra', 'Okapi', 'Aspirin', staff.requester.name])
      expect(text).not.toContain(secret);
    const { reference } = await ward.consult(id);
    for (const told of ['EMERGENCY', 'cardiology', `/consult/${id}`, reference ?? 'none'])
      expect(text).toContain(told);
    expect(letter?.header('auto-submitted')).toBe('auto-generated');
  });

  it('ALE-5 a mail server that is busy gets the mail later, and each try stands in the alert', async () => {
    await ward.session(staff.firstOnCall);
    mail.refuse('later');
    const id = await ward.submit('one', { urgency: 'urgent' });
    expect(mail.received).toEqual([]);
    mail.refuse(null);
    await after(60);
    expect(mailsTo(staff.firstOnCall)).toHaveLength(1);
    const tries = (await alertTo(id, staff.firstOnCall)).facts.filter(
      ({ fact, channel }) => fact === 'sent' && channel === 'email',
    );
    expect(tries.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [0, 'failed'],
      [1, 'ok'],
    ]);
  });

  it('ALE-5 routine mail is tried again for an hour', async () => {
    await wishes(staff.firstOnCall, {
      ...everything,
      channels: { ...everything.channels, routine: ['email'] },
    });
    mail.refuse('later');
    await ward.submit('one', { urgency: 'routine' });
    for (let minute = 0; minute < 10; minute++) await after(60);
    expect(mail.received).toEqual([]);
    mail.refuse(null);
    for (let minute = 0; minute < 10; minute++) await after(60);
    expect(mailsTo(staff.firstOnCall)).toHaveLength(1);
  });

  it('a mailbox that does not exist is not asked twice', async () => {
    await ward.session(staff.firstOnCall);
    mail.refuse('dead-mailbox');
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(300);
    const tries = (await alertTo(id, staff.firstOnCall)).facts.filter(({ channel }) => channel === 'email');
    expect(tries.map(({ outcome }) => outcome)).toEqual(['gone']);
  });

  it('ALE-4 the handset got the SMS: that is a receipt, and the ladder ends', async () => {
    await wishes(staff.firstOnCall, everything, mobile);
    await ward.session(staff.secondOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    const [first] = sms.received;
    expect((await says(first?.message.id ?? '', 'delivered'))?.status).toBe(204);
    await after(60);
    await after(50);
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('shown');
    expect(mailsTo(staff.firstOnCall)).toEqual([]);
    expect((await ward.alertsOf(id)).some(({ insteadOf }) => insteadOf !== undefined)).toBe(false);
  });

  it('ALE-4 the gateway could not deliver it: the next channel at once', async () => {
    await wishes(staff.firstOnCall, everything, mobile);
    const id = await ward.submit('one', { urgency: 'emergency' });
    expect((await says(sms.received[0]?.message.id ?? '', 'failed'))?.status).toBe(204);
    await after(1);
    expect(mailsTo(staff.firstOnCall)).toHaveLength(1);
    // Saying it again changes nothing.
    const before = (await alertTo(id, staff.firstOnCall)).facts.length;
    expect((await says(sms.received[0]?.message.id ?? '', 'failed'))?.status).toBe(204);
    expect((await alertTo(id, staff.firstOnCall)).facts).toHaveLength(before);
  });

  it('ALE-12 an SMS gateway that hung up is asked again with the same id, so that it can send one', async () => {
    await wishes(staff.firstOnCall, everything, mobile);
    sms.answerWith(503);
    const id = await ward.submit('one', { urgency: 'emergency' });
    sms.answerWith(null);
    await after(10);
    const { facts } = await alertTo(id, staff.firstOnCall);
    expect(facts.filter(({ channel, fact }) => channel === 'sms' && fact === 'sent')).toHaveLength(2);
    expect(sms.received.map(({ message, headers }) => [message.id, headers['idempotency-key']])).toEqual([
      [
        `${(await alertTo(id, staff.firstOnCall)).id}:sms:0`,
        `${(await alertTo(id, staff.firstOnCall)).id}:sms:0`,
      ],
    ]);
  });

  it('a receipt without a good signature is 401 and leaves nothing', async () => {
    await wishes(staff.firstOnCall, everything, mobile);
    const id = await ward.submit('one', { urgency: 'emergency' });
    const before = await alertTo(id, staff.firstOnCall);
    const body = JSON.stringify({ id: sms.received[0]?.message.id, status: 'delivered' });
    const now = ward.clock.now();
    const bad: Record<string, string>[] = [
      {},
      { ...signed(body), 'x-hc-signature': `sha256=${'0'.repeat(64)}` },
      signed(body, now, 'another-secret-0123456789-0123456789'),
      signed(`${body} `),
      // Heard on the wire and said again later, or from a clock far ahead.
      signed(body, addMs(now, -301_000)),
      signed(body, addMs(now, 301_000)),
      { ...signed(body), 'x-hc-timestamp': '0' },
      { ...signed(body), 'x-hc-timestamp': 'now' },
    ];
    for (const headers of bad) {
      const response = await provider(body, headers);
      expect(response?.status).toBe(401);
      expect(await response?.json()).toMatchObject({ code: 'signature-refused' });
    }
    expect(await alertTo(id, staff.firstOnCall)).toEqual(before);
    expect((await provider(body, signed(body, addMs(now, -299_000))))?.status).toBe(204);
  });

  it('a signed receipt for what was never sent is 404 without a trace, a senseless one 400', async () => {
    await ward.reachable(staff.firstOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    const before = await alertTo(id, staff.firstOnCall);
    for (const unknown of ['nothing', 'a:b:c:sms:0', `${before.id}:sms:0`, `${before.id}:push:0`])
      expect((await says(unknown, 'delivered'))?.status).toBe(404);
    for (const body of ['{', '[]', '{"id":7,"status":"delivered"}', '{"id":"x","status":"eaten"}'])
      expect((await provider(body, signed(body)))?.status).toBe(400);
    const huge = JSON.stringify({ id: 'x', status: 'delivered', more: 'y'.repeat(20_000) });
    expect((await provider(huge, signed(huge)))?.status).toBe(413);
    expect(await alertTo(id, staff.firstOnCall)).toEqual(before);
  });

  it('nobody mutes an emergency they are on call for', async () => {
    await ward.reachable(staff.firstOnCall);
    await wishes(staff.firstOnCall, {
      channels: { emergency: [], urgent: [], routine: [] },
      quietHours: null,
    });
    await ward.submit('one', { urgency: 'emergency' });
    expect(ward.pushedTo()).toContain('first-on-call');
  });

  it('an urgent one may be muted; then the next person is called, and their wish counts for nothing', async () => {
    const silence = { channels: { emergency: [], urgent: [], routine: [] }, quietHours: null };
    await ward.reachable(staff.firstOnCall);
    await ward.reachable(staff.secondOnCall);
    await wishes(staff.firstOnCall, silence);
    await wishes(staff.secondOnCall, silence);
    await ward.submit('one', { urgency: 'urgent' });
    await after(300);
    expect(ward.pushedTo()).toEqual(['second-on-call']);
  });

  it('quiet hours hold a routine alert back until they end, in the hospital’s own time, and no emergency', async () => {
    // 08:00 UTC; the ward's hospital keeps UTC or is hours ahead: quiet around now for an hour.
    const zone = (await ward.store.database('directory').get('organisation'))?.body['timeZone'] as string;
    const local = (at: string) =>
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(
        new Date(at),
      );
    const quietHours = { from: local('2026-03-02T07:30:00Z'), until: local('2026-03-02T09:00:00Z') };
    await ward.reachable(staff.firstOnCall);
    await wishes(staff.firstOnCall, { ...everything, quietHours });
    await ward.submit('one', { urgency: 'routine' });
    await after(59 * 60);
    expect(ward.pushedTo()).toEqual([]);
    await ward.submit('now', { urgency: 'emergency' });
    expect(ward.pushedTo()).toEqual(['first-on-call']);
    ward.clock.set(instant('2026-03-02T09:00:00.000Z'));
    await after(0);
    expect(ward.sender.sent.map(({ payload }) => payload.urgency)).toContain('routine');
  });

  it('ALE-9 somebody on call without any channel: the receiver is told once per turn of duty', async () => {
    await ward.close();
    ward = await openWard();
    await ward.openGateway('one');
    await ward.reachable(staff.receiver);
    const told = async () =>
      (
        await ward.store
          .database('alerts')
          .scan({ startKey: 'none:', endKey: 'none:\uffff', limit: 100, includeDocs: true })
      ).map(({ doc }) => alertSchema.parse(doc?.body));
    for (const name of ['one', 'two', 'three']) await ward.submit(name, { urgency: 'emergency' });
    await after(60);
    const aboutFirst = (await told()).filter(
      ({ about, cause }) => about === 'unreachable' && cause.startsWith(staff.firstOnCall.id),
    );
    expect(aboutFirst.map(({ recipient, as, consult }) => [recipient, as, consult])).toEqual([
      [staff.receiver.id, 'receiver', null],
    ]);
    const pushed = ward.sender.sent.filter(({ payload }) => payload.about === 'unreachable');
    expect(pushed[0]?.payload).toMatchObject({
      departmentName: 'cardiology',
      open: `/rota?department=${departments.cardiology.id}`,
    });
  });

  it('ALE-9 a test alert goes out on every channel at once, and its receipts are followed', async () => {
    await ward.reachable(staff.firstOnCall);
    await wishes(
      staff.firstOnCall,
      { ...everything, channels: { emergency: [], urgent: [], routine: [] } },
      mobile,
    );
    const session = await ward.session(staff.firstOnCall);
    const { alert } = testAlertAnswerSchema.parse(await (await session.post('/api/alerts/test')).json());
    for (const gateway of ward.gateways) await gateway.settle();
    expect([ward.pushedTo(), sms.received.length, mail.received.length]).toEqual([['first-on-call'], 1, 1]);
    expect(mailsTo(staff.firstOnCall)[0]?.subject).toContain('Test');
    await says(sms.received[0]?.message.id ?? '', 'delivered');
    const stored = alertSchema.parse((await ward.store.database('alerts').get(alert))?.body);
    expect(stored.facts.map(({ fact, channel }) => `${fact} ${channel ?? '-'}`)).toEqual(
      expect.arrayContaining(['sent push', 'sent sms', 'sent email', 'shown sms']),
    );
    await after(3600);
    expect(sms.received).toHaveLength(1);
    const more = await Promise.all([1, 2, 3, 4].map(() => session.post('/api/alerts/test')));
    expect(more.map(({ status }) => status)).toContain(429);
  });

  it('ALE-9 the sender sees who would be called, on which channels, and when they were last heard of', async () => {
    await ward.reachable(staff.firstOnCall);
    await wishes(staff.firstOnCall, everything, mobile);
    const session = await ward.session(staff.requester);
    const ask = async () =>
      reachabilityAnswerSchema.parse(
        await (
          await session.post('/api/alerts/reachability', {
            department: departments.cardiology.id,
            urgency: 'emergency',
            preferredDoctor: null,
          })
        ).json(),
      );
    const now = await ask();
    expect(now.people).toEqual([
      {
        person: staff.firstOnCall.id,
        as: 'assignee',
        channels: ['push', 'sms', 'email'],
        heardAt: storyStart,
        verdict: 'alive',
        isOneWay: false,
        turnTest: null,
      },
      {
        person: staff.receiver.id,
        as: 'receiver',
        channels: [],
        heardAt: null,
        verdict: 'none',
        isOneWay: false,
        turnTest: null,
      },
    ]);
    // ALE-9 every tier, the head and on upwards, in the order they are called while nobody answers.
    expect(now.later.map(({ person, as, verdict }) => [person, as, verdict])).toEqual([
      [staff.secondOnCall.id, 'on-call second', 'none'],
      [staff.consultantOnCall.id, 'on-call consultant', 'none'],
      [staff.head.id, 'head', 'none'],
      [staff.parentHead.id, 'parent-head', 'none'],
      [staff.dutyAdministrator.id, 'duty-administrator', 'none'],
    ]);
    const text = JSON.stringify(now);
    for (const secret of [mobile, 'push.test', '@hospital.test']) expect(text).not.toContain(secret);
    ward.clock.advance(25 * 60 * 60_000);
    const asker = await ward.gateways[0]?.server.signIn('requester@hospital.test');
    const later = await asker?.post('/api/alerts/reachability', {
      department: departments.cardiology.id,
      urgency: 'emergency',
      preferredDoctor: null,
    });
    expect(reachabilityAnswerSchema.parse(await later?.json()).people[0]).toMatchObject({ verdict: 'quiet' });
  });

  it('ALE-9 a receipt of any alert is a sign of life', async () => {
    await ward.reachable(staff.firstOnCall, 'personal');
    ward.clock.advance(25 * 60 * 60_000);
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.gateways[0]?.server.app.request('/api/alert-tokens/receipt', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: ward.sender.sent[0]?.payload.receipt, fact: 'shown' }),
    });
    const session = await ward.session(staff.requester);
    const answer = await session.post('/api/alerts/reachability', {
      department: departments.cardiology.id,
      urgency: 'emergency',
      preferredDoctor: null,
    });
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('shown');
    expect(reachabilityAnswerSchema.parse(await answer.json()).people[0]).toMatchObject({
      verdict: 'alive',
      heardAt: ward.clock.now(),
    });
  });

  it('what the app showed in its own list ends the ladder, for one’s own alerts alone', async () => {
    await ward.reachable(staff.firstOnCall);
    const id = await ward.submit('one', { urgency: 'emergency' });
    const own = await alertTo(id, staff.firstOnCall);
    const body = {
      alerts: [
        { id: own.id, fact: 'shown' },
        { id: 'unknown', fact: 'opened' },
      ],
    };
    const stranger = await ward.session(staff.secondOnCall);
    expect((await stranger.post('/api/alerts/receipts', body)).status).toBe(204);
    expect(alertState(await alertTo(id, staff.firstOnCall))).toBe('sent');
    const session = await ward.session(staff.firstOnCall);
    for (let time = 0; time < 2; time++)
      expect((await session.post('/api/alerts/receipts', body)).status).toBe(204);
    const { facts } = await alertTo(id, staff.firstOnCall);
    expect(facts.filter(({ fact, channel }) => fact === 'shown' && channel === 'in-app')).toHaveLength(1);
    await after(60);
    expect(ward.pushedTo()).toHaveLength(1);
    for (const bad of [{}, { alerts: [] }, { alerts: [{ id: own.id, fact: 'acted' }] }])
      expect((await session.post('/api/alerts/receipts', bad)).status).toBe(400);
  });

  it('preferences are one’s own: kept, answered again, refused when they make no sense', async () => {
    const session = await ward.session(staff.firstOnCall);
    const read = async () =>
      alertPreferencesAnswerSchema.parse(await (await session.get('/api/alerts/preferences')).json());
    expect(await read()).toMatchObject({
      email: 'first-on-call@hospital.test',
      mobile: null,
      available: ['push', 'sms', 'email'],
      preferences: { quietHours: null },
    });
    const preferences = { ...everything, quietHours: { from: '22:00', until: '06:30' } };
    expect((await wishes(staff.firstOnCall, preferences, mobile)).status).toBe(200);
    expect(await read()).toMatchObject({ preferences, mobile });
    const bad: unknown[] = [
      { preferences, mobile: '0300 1234567' },
      { preferences: { ...preferences, quietHours: { from: '25:00', until: '06:00' } }, mobile },
      { preferences: { ...preferences, channels: { ...preferences.channels, urgent: ['pigeon'] } }, mobile },
      { preferences: { ...preferences, channels: { urgent: [] } }, mobile },
      { preferences, mobile, more: 1 },
    ];
    for (const body of bad) {
      const response = await session.put('/api/alerts/preferences', body);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('pigeon');
    }
    expect(await read()).toMatchObject({ preferences, mobile });
    const other = await ward.session(staff.secondOnCall);
    expect(await (await other.get('/api/alerts/preferences')).text()).not.toContain(mobile);
  });

  it.each([
    '/api/alerts/preferences',
    '/api/alerts/test',
    '/api/alerts/receipts',
    '/api/alerts/reachability',
  ])('PEO-4 %s is for those who are signed in', async (path) => {
    const response = await ward.gateways[0]?.server.app.request(path, {
      method: path.endsWith('preferences') ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      ...(path.endsWith('preferences') ? {} : { body: '{}' }),
    });
    expect(response?.status).toBe(401);
  });

  it('a department that does not exist has nobody to call, and too many questions are slowed down', async () => {
    const session = await ward.session(staff.requester);
    const ask = (department: string) =>
      session.post('/api/alerts/reachability', { department, urgency: 'routine', preferredDoctor: null });
    expect((await ask(staff.requester.id)).status).toBe(404);
    const statuses = new Set<number>();
    for (let n = 0; n < 40; n++) statuses.add((await ask(departments.cardiology.id)).status);
    expect([...statuses].sort()).toEqual([200, 429]);
  });
});
