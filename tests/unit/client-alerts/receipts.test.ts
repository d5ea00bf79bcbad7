import { describe, expect, test, vi } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Connection, Live } from '$lib/tablet/tablet.ts';
import { noConnection } from '$lib/sync/connection-facts.ts';
import {
  heldReceipts,
  noteLooked,
  receiptsOf,
  receiptsSetting,
  withLooked,
  withoutKnown,
} from '$lib/alerts/receipt-queue.ts';
import { startReceiptSender } from '$lib/alerts/send-receipts.ts';
import { people } from '#tests/builders.ts';
import { atMinute, buildAlert } from './build-alert.ts';

const me = people.cardiologist.id;
const whole: Connection = {
  ...noConnection,
  perCollection: { ...noConnection.perCollection, alerts: { caughtUp: true, count: 1 } },
};

/** A tablet's settings and alerts, without the rest. */
function tabletWith(...alerts: readonly Alert[]) {
  const setting = createLive<unknown>(null);
  const live = createLive<readonly Alert[]>(alerts);
  return {
    person: me,
    now: () => atMinute(9),
    alerts: live,
    connection: createLive(whole),
    setting: <T>(): Live<T | null> => setting as Live<T | null>,
    saveSetting: vi.fn((_key: string, value: unknown) => {
      setting.set(value);
      return Promise.resolve();
    }),
    knows: (...now: readonly Alert[]) => live.set(now),
  };
}
const sent = (cause: string, ...facts: string[]): Alert =>
  buildAlert(['sent push 0 ok', ...facts], { cause });

describe('ALE-4 what was looked at', () => {
  test('opening counts for shown as well, and is not taken back by being shown again', () => {
    const alert = sent('a');
    const opened = withLooked({}, [alert], 'opened', atMinute(1));
    expect(opened).toEqual({ [alert.id]: { fact: 'opened', at: atMinute(1), isSent: false } });
    expect(withLooked(opened, [alert], 'shown', atMinute(2))).toBe(opened);
  });

  test.each([
    ['shown', 'shown push 1', false],
    ['opened', 'opened push 1', false],
    ['acted on', 'acted push 1 ok', false],
    ['sent only', 'sent push#1 1 ok', true],
  ])('an alert that is %s at the server needs a shown receipt: %s → %s', (_name, fact, isNeeded) => {
    expect(Object.keys(withLooked({}, [sent('a', fact)], 'shown', atMinute(2)))).toHaveLength(
      isNeeded ? 1 : 0,
    );
  });

  test('shown on another device does not keep an opening here from being told', () => {
    const alert = sent('a', 'shown push 1');
    expect(withLooked({}, [alert], 'opened', atMinute(2))[alert.id]?.fact).toBe('opened');
  });

  test('it stays until the alert itself says it, so that nothing looks unread in between', () => {
    const alert = sent('a');
    const waiting = { [alert.id]: { fact: 'opened', at: atMinute(1), isSent: true } } as const;
    expect(withoutKnown(waiting, [alert], true)).toBe(waiting);
    expect(withoutKnown(waiting, [sent('a', 'shown push 1')], true)).toBe(waiting);
    expect(withoutKnown(waiting, [sent('a', 'opened in-app 2')], true)).toEqual({});
  });

  test('about an alert that left this tablet: forgotten once sent, and only when all alerts are here', () => {
    const sentReceipt = { gone: { fact: 'opened', at: atMinute(1), isSent: true } } as const;
    const unsent = { gone: { fact: 'opened', at: atMinute(1), isSent: false } } as const;
    expect(withoutKnown(sentReceipt, [], false)).toBe(sentReceipt);
    expect(withoutKnown(sentReceipt, [], true)).toEqual({});
    expect(withoutKnown(unsent, [], true)).toBe(unsent);
  });

  test("somebody else's alert is left alone", async () => {
    const other = buildAlert(['sent push 0 ok'], { to: people.head.id });
    const tablet = tabletWith(other);
    await noteLooked(tablet, [other], 'opened');
    expect(tablet.saveSetting).not.toHaveBeenCalled();
  });

  test('two screens that note at once lose nothing', async () => {
    const [a, b] = [sent('a'), sent('b')];
    const tablet = tabletWith(a, b);
    await Promise.all([noteLooked(tablet, [a], 'opened'), noteLooked(tablet, [b], 'shown')]);
    expect(Object.keys(heldReceipts(tablet)).sort()).toEqual([a.id, b.id].sort());
  });

  test.each([null, 7, 'x', [], { a: 1 }, { a: { fact: 'acted', at: '', isSent: true } }])(
    'a setting that holds something else is as good as none: %j',
    (value) => expect(receiptsOf(value)).toEqual({}),
  );
});

describe('sending what was looked at', () => {
  function start(tablet: ReturnType<typeof tabletWith>, answers: (number | 'no-network')[]) {
    const bodies: unknown[] = [];
    const delays: number[] = [];
    let wake: () => void = () => undefined;
    let later: () => void = () => undefined;
    const stop = startReceiptSender({
      tablet,
      request: (path, init) => {
        expect(path).toBe('/api/alerts/receipts');
        const answer = answers.shift() ?? 204;
        if (answer === 'no-network') return Promise.reject(new TypeError('no network'));
        bodies.push(JSON.parse(init?.body as string));
        return Promise.resolve(new Response(null, { status: answer }));
      },
      onWaking: (run) => {
        wake = run;
        return () => undefined;
      },
      later: (delayMs, run) => {
        delays.push(delayMs);
        later = run;
        return () => undefined;
      },
    });
    return { bodies, delays, wake: () => wake(), later: () => later(), stop };
  }

  test('it is sent at once when there is a network', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    const sender = start(tablet, []);
    await noteLooked(tablet, [alert], 'opened');
    await vi.waitFor(() => expect(sender.bodies).toEqual([{ alerts: [{ id: alert.id, fact: 'opened' }] }]));
    await vi.waitFor(() => expect(heldReceipts(tablet)[alert.id]?.isSent).toBe(true));
    tablet.knows(sent('a', 'opened in-app 9'));
    await vi.waitFor(() => expect(heldReceipts(tablet)).toEqual({}));
  });

  test('without a network it waits, and goes when the device wakes', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    const sender = start(tablet, ['no-network']);
    await noteLooked(tablet, [alert], 'shown');
    await vi.waitFor(() => expect(sender.delays).toHaveLength(1));
    expect(heldReceipts(tablet)[alert.id]?.isSent).toBe(false);
    sender.wake();
    await vi.waitFor(() => expect(heldReceipts(tablet)[alert.id]?.isSent).toBe(true));
  });

  test('what waited from an earlier start is sent at the next', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    await noteLooked(tablet, [alert], 'opened');
    const sender = start(tablet, []);
    await vi.waitFor(() => expect(sender.bodies).toHaveLength(1));
  });

  test('a server without the route is asked again, ever more slowly, and nothing is lost', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    const sender = start(tablet, [404, 404, 404, 404, 404, 404, 404, 404]);
    await noteLooked(tablet, [alert], 'opened');
    for (let times = 1; times <= 8; times++) {
      await vi.waitFor(() => expect(sender.delays).toHaveLength(times));
      sender.later();
    }
    expect(sender.delays).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    await vi.waitFor(() => expect(heldReceipts(tablet)[alert.id]?.isSent).toBe(true));
  });

  test('many are sent in pieces', async () => {
    const many = Array.from({ length: 120 }, (_, at) => sent(`cause ${at}`));
    const tablet = tabletWith(...many);
    const sender = start(tablet, []);
    await noteLooked(tablet, many, 'shown');
    await vi.waitFor(() =>
      expect(sender.bodies.map((body) => (body as { alerts: unknown[] }).alerts.length)).toEqual([
        50, 50, 20,
      ]),
    );
  });

  test('a disk that takes nothing does not have the same sent for ever', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    await noteLooked(tablet, [alert], 'opened');
    tablet.saveSetting.mockImplementation(() => Promise.resolve());
    const sender = start(tablet, []);
    await vi.waitFor(() => expect(sender.delays).toEqual([5_000]));
    expect(sender.bodies).toHaveLength(1);
  });

  test('after it was closed nothing is sent', async () => {
    const alert = sent('a');
    const tablet = tabletWith(alert);
    const sender = start(tablet, []);
    sender.stop();
    await noteLooked(tablet, [alert], 'opened');
    sender.wake();
    expect(sender.bodies).toEqual([]);
  });

  test('the setting is the one the screens read', () => expect(receiptsSetting).toBe('alert-receipts'));
});
