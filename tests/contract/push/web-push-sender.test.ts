import webPush from 'web-push';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declarativePushSchema } from '#shared/alert/declarative.ts';
import { pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import { instant } from '#shared/lib/instant.ts';
import { createTestClock } from '#tests/server.ts';
import { createWebPushSender, topicOfTag } from '#server/alerts/web-push-sender.ts';
import { startPushService, type PushService } from '#tests/push-service/push-service.ts';

const payload: PushPayload = {
  v: 1,
  type: 'alert',
  tag: 'consult:1f0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d',
  about: 'new-consult',
  urgency: 'emergency',
  departmentName: 'Cardiology',
  open: '/consult/1f0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d',
  receipt: 'r'.repeat(40),
  acknowledge: null,
  sentAt: instant('2026-11-22T09:00:00.000Z'),
};

describe('ALE-3 web push', () => {
  let service: PushService;
  const keys = webPush.generateVAPIDKeys();
  const sender = () =>
    createWebPushSender({
      vapid: { ...keys, subject: 'mailto:it@hospital.example' },
      timeoutMs: 5_000,
      agent: service.agent,
    });

  beforeAll(async () => {
    service = await startPushService();
  });
  afterAll(() => service.close());

  it('arrives encrypted for the subscriber, signed by the hospital, with urgency, lifetime and topic', async () => {
    const subscriber = service.subscribe();
    expect(await sender().send(subscriber.subscription, { payload, urgency: 'emergency' })).toEqual({
      type: 'ok',
    });
    expect(service.faults).toEqual([]);
    expect(await subscriber.message(0)).toMatchObject({
      payload,
      ttlSeconds: 3600,
      urgency: 'high',
      topic: topicOfTag(payload.tag),
      vapidSubject: 'mailto:it@hospital.example',
    });
  });

  it('declares its notification as well, valid both ways and with nothing more in it', async () => {
    const subscriber = service.subscribe();
    const declaring = createWebPushSender({
      vapid: { ...keys, subject: 'mailto:it@hospital.example' },
      timeoutMs: 5_000,
      agent: service.agent,
      publicOrigin: 'https://consult.hospital.example',
    });
    await declaring.send(subscriber.subscription, { payload, urgency: 'emergency' });
    const { text } = await subscriber.message(0);
    const declared = declarativePushSchema.parse(JSON.parse(text));
    expect(pushPayloadSchema.parse(JSON.parse(text))).toEqual(payload);
    expect(declared.notification).toMatchObject({
      title: 'EMERGENCY · Cardiology',
      body: 'A new consult waits for your department.',
      lang: 'en',
      dir: 'ltr',
      navigate: `https://consult.hospital.example${payload.open}`,
      tag: payload.tag,
    });
  });

  it.each([
    [404, { type: 'gone' }],
    [410, { type: 'gone' }],
    [429, { type: 'failed', status: 429, retryAfterSeconds: null }],
    [500, { type: 'failed', status: 500, retryAfterSeconds: null }],
  ])('an answer of %i is %o', async (status, outcome) => {
    service.answerWith(status);
    const subscriber = service.subscribe();
    expect(await sender().send(subscriber.subscription, { payload, urgency: 'urgent' })).toEqual(outcome);
    service.answerWith(null);
  });

  it('one signature serves an hour of pushes, and none that the service refused', async () => {
    const clock = createTestClock(instant('2026-11-22T09:00:00.000Z'));
    const subscriber = service.subscribe();
    const signing = createWebPushSender({
      vapid: { ...keys, subject: 'mailto:it@hospital.example' },
      timeoutMs: 5_000,
      agent: service.agent,
      clock,
    });
    let sent = 0;
    const signature = async (): Promise<string> => {
      await signing.send(subscriber.subscription, { payload, urgency: 'urgent' });
      return (await subscriber.message(sent++)).authorization;
    };
    const first = await signature();
    clock.advance(59 * 60_000);
    expect(await signature()).toBe(first);
    clock.advance(60_000);
    const second = await signature();
    expect(second).not.toBe(first);
    service.answerWith(403);
    await signing.send(subscriber.subscription, { payload, urgency: 'urgent' });
    service.answerWith(null);
    const third = await signature();
    expect(third).not.toBe(second);
    // Put back, a clock says nothing about how old a signature is.
    clock.advance(-120_000);
    expect(await signature()).not.toBe(third);
    expect(service.faults).toEqual([]);
  });

  it('a push service that cannot be reached is a failure to be tried again, not an exception', async () => {
    const { keys: subscriberKeys } = service.subscribe().subscription;
    const outcome = await sender().send(
      { endpoint: 'https://localhost:9/push', keys: subscriberKeys },
      { payload, urgency: 'urgent' },
    );
    expect(outcome).toEqual({ type: 'failed', status: null, retryAfterSeconds: null });
  });
});
