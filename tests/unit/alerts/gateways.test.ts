import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createAlertBook, type AlertBook } from '#server/alerts/alert-book.ts';
import type { AlertAddress, AlertChannel, AlertMessage } from '#server/alerts/channel.ts';
import { createDelivery, type Delivery } from '#server/alerts/delivery.ts';
import { createLeads } from '#server/alerts/leads.ts';
import { topicOfTag } from '#server/alerts/web-push-sender.ts';
import type { Alert, AlertKind } from '#shared/alert/alert.ts';
import { alertIdOf, alertOf } from '#shared/alert/plan.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import {
  consultId,
  departments,
  deviceId,
  eventId,
  hospital,
  people,
  story,
  storyStart,
} from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { createTestClock } from '#tests/server.ts';

interface Gateway {
  readonly delivery: Delivery;
  readonly book: AlertBook;
  /** Called before a push leaves it; what it returns is waited for. */
  beforePush: (message: AlertMessage) => Promise<void>;
  /** What its node of the store does not show yet. */
  readonly hidden: Set<string>;
}

function hospitalWith(urgency: Urgency) {
  const store = createMemoryStore();
  const clock = createTestClock(storyStart);
  const logger = pino({ level: 'silent' });
  const consult = projectConsult(story('one').submitted({ urgency }).events);
  if (consult === null) throw new Error('no consult');
  const pushed: AlertMessage[] = [];
  const address: AlertAddress = { device: deviceId('phone'), to: 'https://push.test/phone' };

  function open(name: string): Gateway {
    const stored = createAlertBook(store.database('alerts'), name);
    const hidden = new Set<string>();
    const book: AlertBook = {
      ...stored,
      get: (id) => (hidden.has(id) ? Promise.resolve(null) : stored.get(id)),
    };
    const push: AlertChannel = {
      name: 'push',
      addressesOf: () => Promise.resolve([address]),
      async send(_to, message) {
        await gateway.beforePush(message);
        pushed.push(message);
        return { type: 'ok' };
      },
    };
    const delivery = createDelivery({
      book,
      channels: [push],
      reach: {
        planFor: () =>
          Promise.resolve({
            plan: { channels: ['push'], notBefore: null },
            addresses: new Map([['push' as const, [address]]]),
            language: 'en',
          }),
        channelsOf: () => Promise.resolve(['push']),
        isReachable: () => Promise.resolve(true),
        isOneWay: () => false,
      },
      heard: { isInApp: () => Promise.resolve(false) },
      directory: () => hospital(),
      load: (id): Promise<Consult | null> => Promise.resolve(hidden.has(id) ? null : consult),
      admit: () => Promise.resolve(),
      leads: createLeads({ database: store.database('claims'), gateway: name, clock, logger }),
      clock,
      logger,
    });
    const gateway: Gateway = { delivery, book, beforePush: () => Promise.resolve(), hidden };
    return gateway;
  }

  /** `by` creates it and begins with it; the others hear of it. */
  async function alert(
    name: string,
    by: Gateway,
    others: readonly Gateway[],
    about: AlertKind = 'note',
  ): Promise<Alert> {
    const cause = eventId(name);
    const one = alertOf(
      {
        id: alertIdOf(consultId('one'), cause, people.head.id),
        consult: consultId('one'),
        cause,
        recipient: people.head.id,
        as: 'head',
        about,
        urgency,
        department: departments.cardiology.id,
      },
      clock.now(),
    );
    const created = await by.book.create([one]);
    for (const other of others) other.delivery.watch([one]);
    void by.delivery.deliver(created, consult);
    return one;
  }

  /** Second by second, the gateways in this order. */
  async function pass(seconds: number, gateways: readonly Gateway[], mayHang = false): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      for (const gateway of gateways) {
        gateway.delivery.tick();
        if (!mayHang) await gateway.delivery.idle();
      }
    }
  }
  const pushedAlerts = (): string[][] => pushed.map(({ alerts }) => [...alerts]);
  /** One more second in which a gateway that hangs says that it lives, and that is stored. */
  async function secondOfBusy(busy: Gateway, name: string): Promise<void> {
    clock.advance(1_000);
    busy.delivery.tick();
    await expect
      .poll(async () => (await store.database('claims').get(`lead:${name}`))?.body['until'] ?? '')
      .toSatisfy((until: string) => until > clock.now());
  }
  return { open, alert, pass, secondOfBusy, pushed, pushedAlerts, clock };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe('FM-40, FM-41 routine alerts to one person, two gateways', () => {
  it('one that its gateway held when it died goes along with what the other one sends next', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('routine');
    const [dying, other] = [open('dying'), open('other')];
    const first = await alert('first', dying, [other]);
    await dying.delivery.idle();
    const held = await alert('held', dying, [other]);
    await pass(10, [other]);
    const own = await alert('own', other, []);
    await other.delivery.idle();
    expect(pushedAlerts()).toEqual([[first.id], [own.id, held.id]]);
  });

  it('one that its gateway held when it died goes out when its minute is over, though that of the other one is not', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('routine');
    const [dying, other] = [open('dying'), open('other')];
    const first = await alert('first', dying, [other]);
    await dying.delivery.idle();
    const held = await alert('held', dying, [other]);
    await pass(1, [other]);
    const own = await alert('own', other, []);
    await pass(58, [other]);
    expect(pushedAlerts()).toEqual([[first.id], [own.id]]);
    await pass(1, [other]);
    expect(pushedAlerts()).toEqual([[first.id], [own.id], [held.id]]);
  });

  it('one that a living gateway holds is left to its bundle, and goes out once', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('routine');
    const [one, two] = [open('one'), open('two')];
    const first = await alert('first', one, [two]);
    await pass(2, [one, two]);
    const second = await alert('second', one, [two]);
    const third = await alert('third', one, [two]);
    await pass(120, [one, two]);
    expect(pushedAlerts()).toEqual([[first.id], [second.id, third.id]]);
  });

  it('whichever gateway sends first takes along what the other one holds', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('routine');
    const [one, two] = [open('one'), open('two')];
    const first = await alert('first', one, [two]);
    await pass(5, [one, two]);
    const second = await alert('second', one, [two]);
    await pass(50, [one, two]);
    const third = await alert('third', two, [one]);
    await pass(120, [two, one]);
    expect(pushedAlerts().flat().toSorted()).toEqual([first.id, second.id, third.id].toSorted());
  });

  it('what goes along is written down first: another gateway does not send it again under a tag of its own', async () => {
    const { open, alert, pass, pushed, pushedAlerts } = hospitalWith('routine');
    const [slow, other] = [open('slow'), open('other')];
    const first = await alert('first', slow, [other]);
    await pass(1, [slow, other]);
    const second = await alert('second', slow, [other]);
    const third = await alert('third', slow, [other]);
    await pass(58, [slow, other]);
    let goOn = (): void => undefined;
    const isAsked = new Promise<void>((asked) => {
      slow.beforePush = () => {
        asked();
        return new Promise((released) => (goOn = released));
      };
    });
    await pass(1, [slow], true);
    await isAsked;
    await pass(8, [other]);
    expect(pushedAlerts()).toEqual([[first.id]]);
    goOn();
    await slow.delivery.idle();
    await pass(5, [slow, other]);
    expect(pushedAlerts()).toEqual([[first.id], [second.id, third.id]]);
    expect(pushed[1]?.tag).toBe(`routine:${people.head.id}`);
  });
});

describe('FM-40 a gateway that stands still for longer than three seconds and did not die', () => {
  it('is doubled under the same tag, topic and idempotency key, so that the device shows one', async () => {
    const { open, alert, pass, pushed } = hospitalWith('emergency');
    const [still, other] = [open('still'), open('other')];
    let goOn = (): void => undefined;
    const isAsked = new Promise<void>((asked) => {
      still.beforePush = () => {
        asked();
        return new Promise((released) => (goOn = released));
      };
    });
    const { id } = await alert('call', still, [other], 'escalated');
    await isAsked;
    // It does nothing in these seconds, and does not say that it lives either.
    await pass(3, [other]);
    expect(pushed).toHaveLength(1);
    goOn();
    await still.delivery.idle();
    expect(pushed.map(({ alerts }) => alerts)).toEqual([[id], [id]]);
    expect(new Set(pushed.map(({ tag }) => tag))).toEqual(new Set([`consult:${consultId('one')}`]));
    expect(new Set(pushed.map(({ tag }) => topicOfTag(tag))).size).toBe(1);
    expect(new Set(pushed.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    // Nothing is sent a third time before a device had its minute to show it.
    await pass(50, [still, other]);
    expect(pushed).toHaveLength(2);
  });
});

describe('FM-41 a gateway with more of its own under way than it can send', () => {
  it('takes over what a dead one left all the same', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('emergency');
    const [dying, busy] = [open('dying'), open('busy')];
    dying.beforePush = never;
    const left = await alert('left', dying, [busy], 'escalated');
    busy.beforePush = ({ alerts }) => (alerts[0] === left.id ? Promise.resolve() : never());
    for (let at = 0; at < 300; at++) await alert(`own ${String(at)}`, busy, [], 'escalated');
    await pass(3, [busy], true);
    await expect.poll(pushedAlerts, { timeout: 20_000 }).toEqual([[left.id]]);
  });
});

describe('FM-41 three gateways, one is killed while another has its hands full', () => {
  it('an emergency the dead one made goes out within five seconds: nobody but its maker is waited for', async () => {
    const { open, alert, secondOfBusy, pushedAlerts } = hospitalWith('emergency');
    const [dying, busy, third] = [open('dying'), open('busy'), open('third')];
    dying.beforePush = never;
    busy.beforePush = never;
    const own = await alert('own', busy, [third], 'escalated');
    await secondOfBusy(busy, 'busy');
    const left = await alert('left', dying, [third], 'escalated');
    for (let second = 0; second < 5; second++) {
      await secondOfBusy(busy, 'busy');
      third.delivery.tick();
      await third.delivery.idle();
    }
    expect(pushedAlerts()).toContainEqual([left.id]);
    expect(pushedAlerts()).not.toContainEqual([own.id]);
  });

  it('a try that a dead one had written down is made again within five seconds, that of a living one is left to it', async () => {
    const { open, alert, secondOfBusy, pushedAlerts } = hospitalWith('emergency');
    const [dying, busy, third] = [open('dying'), open('busy'), open('third')];
    dying.beforePush = never;
    busy.beforePush = never;
    const begin = async (name: string, by: Gateway): Promise<Alert> => {
      const one = await alert(name, by, [third], 'escalated');
      const { facts } = (await by.book.get(one.id)) ?? one;
      await by.book.claim(one.id, {
        fact: 'planned',
        channel: 'push',
        device: null,
        attempt: 0,
        outcome: null,
        at: facts[0]?.at ?? one.plannedAt,
      });
      return one;
    };
    const own = await begin('own', busy);
    await secondOfBusy(busy, 'busy');
    const left = await begin('left', dying);
    for (let second = 0; second < 5; second++) {
      await secondOfBusy(busy, 'busy');
      third.delivery.tick();
      await third.delivery.idle();
    }
    expect(pushedAlerts()).toContainEqual([left.id]);
    expect(pushedAlerts()).not.toContainEqual([own.id]);
  });
});

describe('FM-41 what a node of the cluster does not show yet', () => {
  it.each(['alert', 'consult'])('its %s is looked for again, and the person is called', async (missing) => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('emergency');
    const [dying, other] = [open('dying'), open('other')];
    dying.beforePush = never;
    const { id } = await alert('call', dying, [other], 'escalated');
    other.hidden.add(missing === 'alert' ? id : consultId('one'));
    await pass(4, [other]);
    expect(pushedAlerts()).toEqual([]);
    other.hidden.clear();
    await pass(5, [other]);
    expect(pushedAlerts()).toEqual([[id]]);
  });

  it('what is nowhere is given up in the end', async () => {
    const { open, alert, pass, pushedAlerts } = hospitalWith('emergency');
    const [dying, other] = [open('dying'), open('other')];
    dying.beforePush = never;
    const { id } = await alert('call', dying, [other], 'escalated');
    other.hidden.add(id);
    await pass(300, [other]);
    expect(other.delivery.size).toBe(0);
    expect(pushedAlerts()).toEqual([]);
  });
});
