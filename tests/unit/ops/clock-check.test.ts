import { createServer, type AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClockCheck } from '#server/ops/clock-check.ts';
import { couchClock } from '#server/ops/store-clock.ts';
import { addMs, instantToMs } from '#shared/lib/instant.ts';
import { startCouchServer, type CouchServer } from '#tests/couchdb-server/server.ts';
import { storyStart } from '#tests/builders.ts';
import { createTestClock } from '#tests/server.ts';

const logger = pino({ level: 'silent' });

function machine(storeOffsetMs: number | null = null) {
  const clock = createTestClock(storyStart);
  let steadyMs = 0;
  const check = createClockCheck({
    clock,
    monotonic: () => steadyMs,
    storeClock: storeOffsetMs === null ? null : () => Promise.resolve(addMs(clock.now(), storeOffsetMs)),
    logger,
  });
  return {
    check,
    /** Time passes; `setMs`: and somebody sets the wall clock by that much. */
    pass: async (ms: number, setMs = 0): Promise<void> => {
      steadyMs += ms;
      clock.advance(ms + setMs);
      await check.look();
    },
  };
}

describe('FM-51 the server’s clock', () => {
  it.each([
    ['put forward', 90_000],
    ['put back', -90_000],
  ])(
    'a clock that is %s is noticed at the next look, and forgotten after ten minutes',
    async (_title, setMs) => {
      const { check, pass } = machine();
      await pass(10_000);
      expect(check.state()).toBe('steady');
      await pass(10_000, setMs);
      expect(check.state()).toBe('jumped');
      expect(check.jumpSeconds()).toBe(setMs / 1000);
      for (let look = 0; look < 61; look++) await pass(10_000);
      expect(check.state()).toBe('steady');
    },
  );

  it('a clock that is slewed by NTP is steady', async () => {
    const { check, pass } = machine();
    for (let look = 0; look < 100; look++) await pass(10_000, 5);
    expect(check.state()).toBe('steady');
  });

  it('a process that stood still has a steady clock: both went on', async () => {
    const { check, pass } = machine();
    await pass(5 * 60_000);
    expect(check.state()).toBe('steady');
  });

  it.each([
    [0, 'steady'],
    [-3_000, 'steady'],
    [60_000, 'apart'],
    [-60_000, 'apart'],
  ] as const)('a store whose clock is %i ms away is %s', async (offsetMs, state) => {
    const { check, pass } = machine(offsetMs);
    await pass(10_000);
    expect(check.state()).toBe(state);
  });

  it('a store that cannot be asked says nothing about the clock', async () => {
    const clock = createTestClock(storyStart);
    const check = createClockCheck({
      clock,
      monotonic: () => 0,
      storeClock: () => Promise.reject(new Error('away')),
      logger,
    });
    await check.look();
    expect(check.state()).toBe('steady');
  });
});

describe('FM-51 the clock of CouchDB', () => {
  let server: CouchServer;
  beforeEach(async () => {
    server = await startCouchServer();
  });
  afterEach(() => server.close());

  it('is read from the Date header, without a name or a password', async () => {
    const url = new URL(server.url);
    url.username = 'gateway';
    url.password = 'not-to-be-sent';
    const at = await couchClock(url.href)();
    if (at === null) throw new Error('no Date header');
    expect(Math.abs(Date.now() - instantToMs(at))).toBeLessThan(10_000);
  });

  it('rejects when nobody is there', async () => {
    const probe = createServer();
    const port = await new Promise<number>((resolve) =>
      probe.listen(0, '127.0.0.1', () => resolve((probe.address() as AddressInfo).port)),
    );
    await new Promise((resolve) => probe.close(resolve));
    await expect(couchClock(`http://127.0.0.1:${port}`)()).rejects.toThrow();
  });
});
