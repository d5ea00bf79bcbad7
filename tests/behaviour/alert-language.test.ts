import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wordsIn } from '#shared/alert/words/words.ts';
import { alertPreferencesAnswerSchema } from '#shared/alert/protocol.ts';
import type { Person } from '#shared/directory/staff.ts';
import { startMailServer, type MailServer } from '#tests/alert-counterparts/mail-server.ts';
import { startWebhookSink, type WebhookSink } from '#tests/alert-counterparts/webhook-sink.ts';
import { openWard, staff, type Ward } from './ward.ts';

const mobile = '+923001234567';
const ur = wordsIn('ur');
const secrets = ['Test Patient', 'MRN', 'Ward 4', 'Zebra', 'Okapi', 'Aspirin', staff.requester.name];

describe('UX-3 PEO-1 alerts in the language of whoever is called', () => {
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
  const chooses = async (who: Person, language: unknown) =>
    (await ward.session(who)).put('/api/alerts/language', { language });
  async function held(who: Person) {
    const answer = await (await ward.session(who)).get('/api/alerts/preferences');
    return alertPreferencesAnswerSchema.parse(await answer.json());
  }
  async function numberOf(who: Person): Promise<void> {
    const { preferences } = await held(who);
    await (await ward.session(who)).put('/api/alerts/preferences', { preferences, mobile });
  }
  const speakHospital = async (...languages: string[]) => {
    const directory = ward.gateways[0]?.server.parts.directory.current();
    if (directory?.organisation === null || directory === undefined) throw new Error('no hospital');
    await ward.gateways[0]?.server.putDirectory([{ ...directory.organisation, languages }]);
  };

  it('push, SMS and e-mail are Urdu for whoever chose it, and hold nothing of the patient', async () => {
    await ward.reachable(staff.firstOnCall);
    await numberOf(staff.firstOnCall);
    expect((await chooses(staff.firstOnCall, 'ur')).status).toBe(200);
    const id = await ward.submit('one', {
      urgency: 'emergency',
      question: 'Zebra stripes of the aorta?',
      reason: 'Okapi pain.',
    });
    await after(60);
    await after(60);
    expect(ward.sender.sent.find(({ payload }) => payload.type === 'alert')?.payload.lang).toBe('ur');
    const { reference } = await ward.consult(id);
    const line = `${ur.urgency.emergency} · cardiology: ${ur.about.assigned} (${reference ?? ''})`;
    expect(sms.received[0]?.message.text).toBe(
      `${line} ${ward.gateways[0]?.server.parts.publicOrigin ?? ''}/consult/${id}`,
    );
    const letter = mail.received.find(({ to }) => to === `${staff.firstOnCall.name}@hospital.test`);
    expect(letter?.subject).toBe(line);
    // A mail server of any age takes it: the subject is encoded, and so are both bodies.
    expect(letter?.header('subject')).toMatch(/^=\?UTF-8\?[BQ]\?/i);
    expect(letter?.raw).not.toMatch(/[^\s -~]/);
    expect(letter?.html).toContain('<html lang="ur" dir="rtl">');
    expect(letter?.html).toContain(ur.mail.openInApp);
    expect(letter?.text).toContain(ur.mail.foot);
    const all = [sms.received[0]?.body, letter?.text, letter?.html, letter?.subject].join('\n');
    for (const secret of secrets) expect(all).not.toContain(secret);
  });

  it('whoever chose nothing reads what the hospital speaks, and one’s own choice comes before it', async () => {
    await ward.reachable(staff.firstOnCall);
    await ward.reachable(staff.receiver);
    expect(await held(staff.firstOnCall)).toMatchObject({ language: null, hospitalLanguage: 'en' });
    await speakHospital('ps', 'ur', 'en');
    expect(await held(staff.firstOnCall)).toMatchObject({ language: null, hospitalLanguage: 'ur' });
    await chooses(staff.receiver, 'en');
    await ward.submit('one', { urgency: 'emergency' });
    const languages = ward.sender.sent.map(({ payload }) => payload.lang);
    expect([...languages].sort()).toEqual(['en', 'ur']);
  });

  it('the choice is kept, counts from the next alert on, and leaves the wishes as they are', async () => {
    await numberOf(staff.firstOnCall);
    const { preferences } = await held(staff.firstOnCall);
    await chooses(staff.firstOnCall, 'ur');
    expect(await held(staff.firstOnCall)).toMatchObject({ language: 'ur', preferences, mobile });
    await numberOf(staff.firstOnCall);
    expect((await held(staff.firstOnCall)).language).toBe('ur');
    expect((await held(staff.secondOnCall)).language).toBeNull();
    await chooses(staff.firstOnCall, null);
    expect((await held(staff.firstOnCall)).language).toBeNull();
  });

  it.each([
    [{ language: 'klingon' }],
    [{ language: 7 }],
    [{}],
    [{ language: 'ur', person: staff.receiver.id }],
    ['ur'],
  ])('refuses %o, and keeps what there was', async (body) => {
    await chooses(staff.firstOnCall, 'ur');
    const response = await (await ward.session(staff.firstOnCall)).put('/api/alerts/language', body);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('klingon');
    expect((await held(staff.firstOnCall)).language).toBe('ur');
  });

  it('is for those who are signed in', async () => {
    const response = await ward.gateways[0]?.server.app.request('/api/alerts/language', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ language: 'ur' }),
    });
    expect(response?.status).toBe(401);
  });
});
