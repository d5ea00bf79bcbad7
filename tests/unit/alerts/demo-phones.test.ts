import { describe, expect, it } from 'vitest';
import type { AlertFact } from '#shared/alert/alert.ts';
import { withDemoPhones } from '#server/alerts/demo-phones.ts';
import type { AlertMessage } from '#server/alerts/channel.ts';
import type { PushAddress } from '#server/alerts/push-channel.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { deviceId, people, storyStart } from '#tests/builders.ts';

const message: AlertMessage = {
  type: 'alert',
  alerts: ['one', 'two'],
  idempotencyKey: 'one:push:0',
  tag: 'consult:one',
  about: 'new-consult',
  urgency: 'urgent',
  departmentName: 'Cardiology',
  language: 'en',
  reference: null,
  open: '/alerts',
  canBeAcknowledged: false,
  sentAt: storyStart,
};

function demo(over: { real?: readonly PushAddress[]; signedIn?: readonly PersonId[] } = {}) {
  const facts: [string, AlertFact['fact']][] = [];
  const heardOf: PersonId[] = [];
  const pushed: string[] = [];
  const phones = withDemoPhones(
    {
      name: 'push',
      addressesOf: () => Promise.resolve(over.real ?? []),
      send: (address) => {
        pushed.push(address.to);
        return Promise.resolve({ type: 'ok' });
      },
    },
    {
      book: {
        add: (id, added) => {
          facts.push(...added.map(({ fact }): [string, AlertFact['fact']] => [id, fact]));
          return Promise.resolve(null);
        },
      },
      heard: { noteShown: (person) => Promise.resolve(void heardOf.push(person)) },
      hasSignedIn: (person) => Promise.resolve((over.signedIn ?? []).includes(person)),
      clock: { now: () => storyStart },
    },
  );
  return { phones, facts, heardOf, pushed };
}
const endpoint = 'https://push.test/a';
const real: PushAddress = {
  device: deviceId('phone'),
  to: endpoint,
  subscription: {
    kind: 'subscription',
    person: people.head.id,
    device: deviceId('phone'),
    deviceKind: 'personal',
    subscription: { endpoint, keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } },
    postedAt: storyStart,
    isSignedIn: true,
  },
};

describe('phones of the demo', () => {
  it('whoever never signed in carries one, which shows every alert of a message at once', async () => {
    const { phones, facts, heardOf, pushed } = demo();
    const [phone] = await phones.addressesOf(people.head.id);
    expect(await phones.send(phone!, message)).toEqual({ type: 'ok' });
    expect(facts).toEqual([
      ['one', 'shown'],
      ['two', 'shown'],
    ]);
    expect(heardOf).toEqual([people.head.id]);
    expect(pushed).toEqual([]);
  });

  it('a stand-down closes what it showed, and shows nothing', async () => {
    const { phones, facts } = demo();
    const [phone] = await phones.addressesOf(people.head.id);
    expect(await phones.send(phone!, { ...message, type: 'stand-down' })).toEqual({ type: 'ok' });
    expect(facts).toEqual([]);
  });

  it('whoever signed in has none: nobody is told that a visitor was reached when they were not', async () => {
    const { phones } = demo({ signedIn: [people.head.id] });
    expect(await phones.addressesOf(people.head.id)).toEqual([]);
    expect(await phones.addressesOf(people.receiver.id)).toHaveLength(1);
  });

  it('a real device is told as anywhere else', async () => {
    const { phones, pushed, facts } = demo({ real: [real] });
    const [device] = await phones.addressesOf(people.head.id);
    await phones.send(device!, message);
    expect(pushed).toEqual([endpoint]);
    expect(facts).toEqual([]);
  });
});
