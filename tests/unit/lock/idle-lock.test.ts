import { beforeEach, describe, expect, it } from 'vitest';
import { startIdleLock } from '$lib/lock/idle-lock.ts';

const minuteMs = 60_000;

describe('PEO-7 the lock of a tablet nobody touches', () => {
  let nowMs: number;
  let mark: number | null;
  let locks: number;
  let isWard: boolean;
  let tick: () => void;
  let touch: () => void;
  let stop: () => void;

  beforeEach(() => {
    nowMs = 1_000_000_000;
    mark = null;
    locks = 0;
    isWard = true;
    stop = startIdleLock({
      isWard: () => isWard,
      times: () => ({ wardMinutes: 3, personalMinutes: 10 }),
      nowMs: () => nowMs,
      onTick(run) {
        tick = run;
        return () => (tick = () => undefined);
      },
      onTouch(run) {
        touch = run;
        return () => (touch = () => undefined);
      },
      mark: { read: () => mark, write: (atMs) => (mark = atMs) },
      lock: () => (locks += 1),
    });
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    tick();
  };

  it.each([
    ['a ward tablet', true, 3],
    ['one’s own device', false, 10],
  ])('%s locks after its own time, not before, and once', (_words, ward, minutes) => {
    isWard = ward;
    pass(minutes * minuteMs - 1);
    expect(locks).toBe(0);
    pass(1);
    pass(minuteMs);
    expect(locks).toBe(1);
  });

  it('a touch begins the time anew, here and in another window', () => {
    pass(2 * minuteMs);
    touch();
    pass(2 * minuteMs);
    mark = nowMs;
    pass(2 * minuteMs);
    expect(locks).toBe(0);
    pass(minuteMs);
    expect(locks).toBe(1);
  });

  it('the touch that wakes a sleeping tablet comes too late', () => {
    nowMs += 8 * 60 * minuteMs;
    touch();
    expect(locks).toBe(1);
  });

  it('a clock that was set back begins the time anew and does not put it off for ever', () => {
    nowMs -= 24 * 60 * minuteMs;
    tick();
    expect(locks).toBe(0);
    pass(3 * minuteMs);
    expect(locks).toBe(1);
  });

  it('ends with the records it watches over', () => {
    stop();
    pass(60 * minuteMs);
    expect(locks).toBe(0);
  });
});
