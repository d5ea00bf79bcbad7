import { describe, expect, test, vi } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { defaultAlertPreferences } from '#shared/alert/preferences.ts';
import { pushSubscriptionSchema } from '#shared/alert/protocol.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { standDownReach } from '$lib/consult/alerts/stand-down-reach.ts';
import { askServer } from '$lib/alerts/ask-server.ts';
import { capacityWords } from '$lib/alerts/capacity-words.ts';
import { dialable } from '$lib/alerts/dialable.ts';
import {
  fieldsOf,
  internationalNumber,
  mutedUrgencies,
  requestOf,
  withChannel,
  type PreferencesAnswer,
} from '$lib/alerts/preferences-form.ts';
import { calledByDirectory, outlookOf, reachWords } from '$lib/alerts/who-is-called.ts';
import { renewSubscription } from '$lib/worker/renew-subscription.ts';
import { testAlertAnswerSchema } from '#shared/alert/protocol.ts';
import { departments, hospital, people, sampleBodies, Story } from '#tests/builders.ts';
import { atMinute, buildAlert } from './build-alert.ts';

describe('CON-18 whether a cancel has reached the one who may be on the way', () => {
  const taken = () => new Story().submitted().act('acknowledged', sampleBodies.acknowledged, { atMinute: 2 });
  const read = (story: Story): Consult => projectConsult(story.events) as Consult;
  const cancelled = read(taken().act('cancelled', sampleBodies.cancelled, { atMinute: 5 }));
  const cancel = cancelled.timeline.findLast(({ event }) => event.type === 'cancelled')?.event;
  const told = (facts: readonly string[], as = 'assignee'): Alert => ({
    ...buildAlert(facts, { about: 'cancelled', as, consult: cancelled.id }),
    cause: cancel?.id as Alert['cause'],
  });
  const reach = (...alerts: Alert[]) => standDownReach(cancelled, alerts).map((one) => one.reach.state);

  test.each<[string, readonly Alert[], string]>([
    ['nothing known yet', [], 'not-shown'],
    ['sent', [told(['sent push 5 ok'])], 'not-shown'],
    ['no device', [told(['sent push 5 none'])], 'no-device'],
    ['a dead device', [told(['sent push 5 gone phone'])], 'no-device'],
    ['shown', [told(['sent push 5 ok', 'shown push 6'])], 'shown'],
    ['opened', [told(['shown push 6', 'opened push 7'])], 'opened'],
  ])('%s', (_name, alerts, state) => expect(reach(...alerts)).toEqual([state]));

  test('a cancel that is still on this tablet has reached nobody', () => {
    const offline = read(taken().act('cancelled', sampleBodies.cancelled, { unsent: true }));
    expect(standDownReach(offline, []).map((one) => one.reach.state)).toEqual(['not-left']);
  });
  test('nobody had it: nobody to stop', () => {
    const untaken = read(new Story().submitted().act('cancelled', sampleBodies.cancelled, { atMinute: 5 }));
    expect(standDownReach(untaken, [])).toEqual([]);
  });
  test('not cancelled: nothing to say', () => expect(standDownReach(read(taken()), [])).toEqual([]));
  test('colleagues of the requesting side are not on the way', () => {
    const colleague = { ...told(['sent push 5 ok'], 'requester'), recipient: people.requesterColleague.id };
    expect(standDownReach(cancelled, [colleague]).map(({ person }) => person)).toEqual([
      people.cardiologist.id,
    ]);
  });
});

describe('ALE-9 who is called', () => {
  test.each([
    [[], 'nobody'],
    [['none'], 'nobody'],
    [['none', 'quiet'], 'quiet'],
    [['quiet', 'alive'], 'alive'],
  ] as const)('%j → %s', (verdicts, outlook) => {
    expect(outlookOf(verdicts.map((verdict) => ({ verdict })))).toBe(outlook);
  });

  test.each([
    ['alive', 0, 'device heard from just now'],
    ['alive', 3, 'device heard from 3 min ago'],
    ['quiet', 1500, 'no device heard from for 25 h'],
    ['quiet', null, 'no device heard from yet'],
    ['none', null, 'no device to send to'],
  ] as const)('%s, heard %s min before', (verdict, minutes, words) => {
    const heardAt = minutes === null ? null : atMinute(-minutes);
    expect(reachWords({ verdict, heardAt }, atMinute(0))).toBe(words);
  });

  test('without the server: by the rota and the department on this tablet, never the requester', () => {
    const asked = {
      department: departments.cardiology.id,
      urgency: 'emergency',
      preferredDoctor: people.cardiologist2.id,
    } as const;
    const called = (requester: PersonId) =>
      calledByDirectory(asked, requester, hospital(), [], atMinute(0)).map(({ person }) => person);
    expect(called(people.requester.id)).not.toEqual([]);
    expect(called(people.head.id)).not.toContain(people.head.id);
    expect(called(people.requester.id)).toContain(people.head.id);
  });

  test.each([
    'assignee',
    'on-call first',
    'on-call second',
    'on-call consultant',
    'receiver',
    'head',
    'parent-head',
    'duty-administrator',
  ])('the capacity %s has a word', (as) => expect(capacityWords(as)).not.toBe(''));
  test('a capacity of a newer server has none, and shows none', () =>
    expect(capacityWords('oracle')).toBe(''));
  test('a number as a telephone takes it', () =>
    expect(dialable('+92 (300) 123-4567')).toBe('+923001234567'));
});

describe('ALE-2 preferences', () => {
  const answer: PreferencesAnswer = {
    preferences: defaultAlertPreferences,
    email: 'a@b.example',
    mobile: '+923001234567',
    available: ['push', 'sms', 'email'],
    language: null,
    hospitalLanguage: 'en',
  };

  test('what is shown is what is sent back when nothing was changed', () => {
    expect(requestOf(fieldsOf(answer))).toEqual({
      ok: true,
      value: {
        preferences: { ...defaultAlertPreferences, channels: { ...defaultAlertPreferences.channels } },
        mobile: answer.mobile,
      },
    });
  });
  test('a channel is added in the order that wakes, and taken away', () => {
    const fields = withChannel(fieldsOf(answer), 'routine', 'email', true);
    expect(withChannel(fields, 'routine', 'sms', true).channels.routine).toEqual(['push', 'sms', 'email']);
    expect(withChannel(fields, 'routine', 'push', false).channels.routine).toEqual(['email']);
  });
  test('quiet hours are kept apart from being quiet', () => {
    const night = { ...fieldsOf(answer), isQuiet: true };
    const request = requestOf(night);
    expect(request.ok && request.value.preferences.quietHours).toEqual({ from: '22:00', until: '07:00' });
    expect(requestOf({ ...night, quietFrom: '' })).toEqual({ ok: false, error: 'quiet' });
  });
  test.each([
    ['+92 300 123-4567', '+923001234567'],
    ['0092 (300) 1234567', '+923001234567'],
    ['', ''],
  ])('a number typed as %j', (typed, sent) => expect(internationalNumber(typed)).toBe(sent));
  test.each([
    ['no number', '', true],
    ['an international one', '+92 300 1234567', true],
    ['one without its country', '0300 1234567', false],
    ['letters', '+92 three', false],
  ])('%s', (_name, mobile, isTaken) => {
    const request = requestOf({ ...fieldsOf(answer), mobile });
    expect(request.ok ? 'taken' : request.error).toBe(isTaken ? 'taken' : 'mobile');
  });
  test('what leaves nothing outside the app is said', () => {
    const muted = withChannel(fieldsOf(answer), 'routine', 'push', false);
    expect(mutedUrgencies(muted, answer.available)).toEqual(['routine']);
    expect(mutedUrgencies(fieldsOf(answer), ['email'])).toEqual(['routine']);
    expect(mutedUrgencies(fieldsOf(answer), answer.available)).toEqual([]);
  });
});

describe('asking the server something', () => {
  const ask = (answer: () => Promise<Response>) =>
    askServer(answer, '/api/alerts/test', testAlertAnswerSchema, { method: 'POST' });
  test.each<[string, () => Promise<Response>, unknown]>([
    [
      'an answer',
      () => Promise.resolve(Response.json({ alert: 'none:a:b' })),
      { ok: true, value: { alert: 'none:a:b' } },
    ],
    [
      'no network',
      () => Promise.reject(new TypeError('no network')),
      { ok: false, error: { type: 'no-answer' } },
    ],
    [
      'it took too long',
      () => Promise.reject(new DOMException('', 'AbortError')),
      { ok: false, error: { type: 'no-answer' } },
    ],
    [
      'a server that is down',
      () => Promise.resolve(new Response('', { status: 503 })),
      { ok: false, error: { type: 'no-answer' } },
    ],
    [
      'an older server',
      () => Promise.resolve(new Response('', { status: 404 })),
      { ok: false, error: { type: 'not-there' } },
    ],
    [
      'too often',
      () => Promise.resolve(new Response('', { status: 429 })),
      { ok: false, error: { type: 'refused', status: 429 } },
    ],
    [
      'another answer than expected',
      () => Promise.resolve(Response.json({})),
      { ok: false, error: { type: 'not-there' } },
    ],
    [
      'half an answer',
      () => Promise.resolve(new Response('{"alert":')),
      { ok: false, error: { type: 'no-answer' } },
    ],
  ])('%s', async (_name, answer, result) => expect(await ask(answer)).toEqual(result));
});

describe('FM-36 the worker renews a subscription by itself', () => {
  const made = pushSubscriptionSchema.parse({
    endpoint: 'https://push.example/1',
    keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) },
  });
  const subscription = { toJSON: () => made } as unknown as PushSubscription;
  function start(statuses: readonly number[], held: PushSubscription | null = null) {
    const asked: string[] = [];
    const subscribe = vi.fn(() => Promise.resolve(subscription));
    const run = (given: PushSubscription | null) =>
      renewSubscription(
        {
          pushManager: { getSubscription: () => Promise.resolve(held), subscribe },
          requestOf: (slot) => (path, init) => {
            asked.push(`${slot} ${init?.method ?? 'GET'} ${path}`);
            const status = statuses[slot] ?? 401;
            if (status === 0) return Promise.reject(new TypeError('no network'));
            return Promise.resolve(
              status === 200 ? Response.json({ publicKey: 'AAAA' }) : new Response(null, { status }),
            );
          },
        },
        given,
      );
    return { run, asked, subscribe };
  }

  test('the one the browser hands over is told for everybody signed in here', async () => {
    const { run, asked, subscribe } = start([401, 200, 200]);
    expect(await run(subscription)).toBe('told');
    expect(subscribe).not.toHaveBeenCalled();
    expect(asked).toHaveLength(8);
    expect(asked[1]).toBe('1 PUT /api/alerts/subscription');
  });
  test('when there is none left it subscribes anew, with the key of whoever is signed in', async () => {
    const { run, asked, subscribe } = start([401, 200]);
    expect(await run(null)).toBe('told');
    expect(subscribe).toHaveBeenCalledOnce();
    expect(asked.slice(0, 2)).toEqual(['0 GET /api/alerts/vapid', '1 GET /api/alerts/vapid']);
  });
  test('the weekly look posts the one that is there', async () => {
    const { run, subscribe } = start([200], subscription);
    expect(await run(null)).toBe('told');
    expect(subscribe).not.toHaveBeenCalled();
  });
  test('nobody is signed in: nothing is subscribed', async () => {
    const { run, subscribe } = start([]);
    expect(await run(null)).toBe('nobody');
    expect(subscribe).not.toHaveBeenCalled();
  });
  test.each([
    ['no network', [0]],
    ['a server that is down', [503]],
  ])('%s: it is worth trying again', async (_name, statuses) => {
    expect(await start(statuses, subscription).run(null)).toBe('no-answer');
  });
});
