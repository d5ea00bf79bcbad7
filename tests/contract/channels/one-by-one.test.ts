import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertMessage } from '#server/alerts/channel.ts';
import { createMailChannel } from '#server/alerts/mail-channel.ts';
import { createWebhookChannel } from '#server/alerts/webhook-channel.ts';
import { consultId, eventId, people, storyStart } from '#tests/builders.ts';
import { startMailServer, type MailServer } from '#tests/alert-counterparts/mail-server.ts';
import { startWebhookSink, type WebhookSink } from '#tests/alert-counterparts/webhook-sink.ts';
import { createTestClock } from '#tests/server.ts';

const alert = `${consultId('one')}:${eventId('cause')}:${people.cardiologist.id}`;
const message: AlertMessage = {
  type: 'alert',
  alerts: [alert],
  idempotencyKey: `${alert}:x:0`,
  tag: `consult:${consultId('one')}`,
  about: 'escalated',
  urgency: 'urgent',
  departmentName: 'Ear, Nose & Throat <Herzklinik Süd>',
  language: 'en',
  reference: 'ENT-26-00017',
  open: `/consult/${consultId('one')}`,
  canBeAcknowledged: true,
  sentAt: storyStart,
};
const logger = pino({ level: 'silent' });

describe('ALE-5 a mail', () => {
  let server: MailServer;
  beforeEach(async () => {
    server = await startMailServer();
  });
  afterEach(() => server.close());
  const send = async (over: Partial<AlertMessage> = {}, query = '') => {
    const channel = createMailChannel({
      config: { url: server.url + query, from: 'Consults <consults@hospital.test>' },
      publicOrigin: 'https://consult.test',
      emailOf: () => Promise.resolve('heart@hospital.test'),
      logger,
    });
    const outcome = await channel.send({ device: null, to: 'heart@hospital.test' }, { ...message, ...over });
    channel.close();
    return outcome;
  };

  it('has a text and an HTML body that say the same, a link, and no place to answer', async () => {
    expect(await send()).toEqual({ type: 'ok' });
    const [letter] = server.received;
    expect(letter).toMatchObject({
      from: 'consults@hospital.test',
      to: 'heart@hospital.test',
      subject:
        'Urgent · Ear, Nose & Throat <Herzklinik Süd>: A consult still waits, and is with you now. (ENT-26-00017)',
    });
    expect(letter?.text).toContain('Ear, Nose & Throat <Herzklinik Süd>');
    expect(letter?.html).toContain('Ear, Nose &#38; Throat &#60;Herzklinik Süd&#62;');
    for (const body of [letter?.text, letter?.html])
      expect(body).toContain(`https://consult.test/consult/${consultId('one')}`);
    expect(letter?.header('reply-to')).toBeNull();
  });

  it('a name with a line break in it becomes no header of its own', async () => {
    await send({ departmentName: 'ENT\r\nBcc: thief@elsewhere.test' });
    expect(server.received[0]?.header('bcc')).toBeNull();
    expect(server.received).toHaveLength(1);
  });

  it('does not go out in the clear where TLS is insisted on', async () => {
    expect(await send({}, '?requireTLS=true')).toMatchObject({ type: 'failed' });
    expect(server.received).toEqual([]);
  });
});

describe('ALE-2 a message to the SMS gateway', () => {
  let sink: WebhookSink;
  beforeEach(async () => {
    sink = await startWebhookSink();
  });
  afterEach(() => sink.close());
  const send = (over: Partial<AlertMessage> = {}) =>
    createWebhookChannel({
      config: sink,
      publicOrigin: 'https://consult.test',
      mobileOf: () => Promise.resolve('+923001234567'),
      clock: createTestClock(storyStart),
      logger,
    }).send({ device: null, to: '+923001234567' }, { ...message, ...over });

  it('is what the protocol says, signed with the time it was sent', async () => {
    expect(await send()).toEqual({ type: 'ok' });
    expect(sink.faults).toEqual([]);
    expect(sink.received[0]).toMatchObject({
      headers: {
        'x-hc-timestamp': String(Date.parse(storyStart) / 1000),
        'idempotency-key': `${alert}:x:0`,
        'content-type': 'application/json',
      },
      message: { v: 1, to: '+923001234567', urgency: 'urgent', tag: message.tag },
    });
  });

  it('keeps its link whole, however long the department’s name is', async () => {
    await send({ departmentName: 'x'.repeat(400) });
    const text = sink.received[0]?.message.text ?? '';
    expect(text.length).toBeLessThanOrEqual(320);
    expect(text.endsWith(` https://consult.test/consult/${consultId('one')}`)).toBe(true);
  });

  it.each<[number, Record<string, string>, unknown]>([
    [200, {}, { type: 'ok' }],
    [409, {}, { type: 'ok' }],
    [410, {}, { type: 'gone' }],
    [429, { 'retry-after': '40' }, { type: 'failed', isFinal: false, retryAfterSeconds: 40 }],
    [
      503,
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
      { type: 'failed', isFinal: false, retryAfterSeconds: null },
    ],
    [401, {}, { type: 'failed', isFinal: false, retryAfterSeconds: null }],
    [400, {}, { type: 'failed', isFinal: true, retryAfterSeconds: null }],
    [
      302,
      { location: 'https://elsewhere.test/' },
      { type: 'failed', isFinal: true, retryAfterSeconds: null },
    ],
  ])('an answer of %i %o', async (status, headers, outcome) => {
    sink.answerWith(status, headers);
    expect(await send()).toEqual(outcome);
    expect(sink.received).toEqual([]);
  });
});
