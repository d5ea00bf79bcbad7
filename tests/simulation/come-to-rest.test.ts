import { expect, test } from 'vitest';
import { createActivity, createSettle, during, NoRest } from './activity.ts';
import { createBustle } from './bustle.ts';
import { createMemoryStore } from './memory-store.ts';
import { createVirtualTime } from './virtual-time.ts';

const never = (): Promise<void> => new Promise(() => undefined);
const parts = { isReal: () => false, tabletsAtRest: () => Promise.resolve(false) };

test('work that waits for virtual time, which waits for it, ends the history and is named', async () => {
  const activity = createActivity();
  const settle = createSettle(activity, { ...parts, ticks: 5 });
  void during(activity, 'gateway one stops', never);
  await expect(settle()).rejects.toThrow(new NoRest('does not come to rest, still busy: gateway one stops'));
});

test('work that ends is not named', async () => {
  const activity = createActivity();
  void during(activity, 'gateway one starts', () => Promise.resolve());
  await expect(createSettle(activity, { ...parts, ticks: 5 })()).resolves.toBeUndefined();
});

test('timers that set each other without end end the history', async () => {
  const time = createVirtualTime(0, () => Promise.resolve());
  const again = (): void => void time.after(0, again);
  again();
  await expect(time.runUntil(1_000)).rejects.toBeInstanceOf(NoRest);
});

test('whoever goes on in the calm is named, busiest first', () => {
  const bustle = createBustle();
  const note = (who: string, times: number): void => {
    for (let time = 0; time < times; time++) bustle.note('writes', who);
  };
  note('gateway one in consults', 3);
  note('gateway two in consults', 5);
  note('gateway two in meta', 1);
  expect(bustle.above('writes', 2)).toEqual([
    'gateway two in consults (5 writes)',
    'gateway one in consults (3 writes)',
  ]);
  bustle.forget();
  expect(bustle.above('writes', 0)).toEqual([]);
});

test('a follower that pauses after a failure stops without waiting for time to go on', async () => {
  const store = createMemoryStore({ places: 'counted', pause: never });
  const meta = store.database('meta');
  const backup = store.backUp();
  await meta.write([{ id: 'one', body: {} }]);
  let tell: (cause: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => (tell = resolve));
  const following = meta.follow({
    since: await meta.position(),
    onChange: () => Promise.resolve(),
    onError: (cause) => tell(cause),
  });
  store.setBack(backup);
  await failed;
  await following.stop();
  await store.close();
});
