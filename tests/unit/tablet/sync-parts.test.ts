import { describe, expect, it } from 'vitest';
import { instant } from '#shared/lib/instant.ts';
import { createBackOff, longestDelayMs } from '$lib/sync/back-off.ts';
import { clockJumped, createClockOffset } from '$lib/sync/clock-offset.ts';
import { createEventStreamParser } from '$lib/sync/event-stream-parser.ts';

describe('event stream parser', () => {
  const whole =
    ': hello\n\ndata: {"a":1}\n\nevent: x\ndata: one\ndata: two\r\n\r\nid: 3\ndata:no space\r\rdata\n\n';
  const expected = ['{"a":1}', 'one\ntwo', 'no space', ''];

  it('reads events however the bytes are cut', () => {
    for (let size = 1; size <= whole.length; size++) {
      const seen: string[] = [];
      const parse = createEventStreamParser((data) => seen.push(data));
      for (let at = 0; at < whole.length; at += size) parse(whole.slice(at, at + size));
      expect(seen, `pieces of ${size}`).toEqual(expected);
    }
  });

  it('says nothing about an event that has not ended', () => {
    const seen: string[] = [];
    createEventStreamParser((data) => seen.push(data))('data: half\n');
    expect(seen).toEqual([]);
  });
});

describe('back-off', () => {
  it('FM-30 grows to a ceiling, keeps to the upper half, and starts over after a reset', () => {
    const backOff = createBackOff(() => 0);
    const delays = Array.from({ length: 9 }, () => backOff.nextDelayMs());
    expect(delays.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(delays.at(-1)).toBe(longestDelayMs / 2);
    backOff.reset();
    expect(backOff.nextDelayMs()).toBe(500);
  });

  it('FM-30 waits at least as long as the server asks', () => {
    expect(createBackOff(() => 0.5).nextDelayMs(90_000)).toBe(90_000);
  });
});

describe('clock offset', () => {
  it('is the server’s clock less the device’s at the middle of the round trip', () => {
    const offset = createClockOffset(null);
    offset.measure(instant('2026-11-22T10:00:00.000Z'), instant('2026-11-23T10:00:00.400Z'), 800);
    expect(offset.current()).toBe(-86_400_000);
    expect(offset.isFresh()).toBe(true);
  });

  it('a remembered offset is used but not fresh', () => {
    const offset = createClockOffset(5_000);
    expect([offset.current(), offset.isFresh()]).toEqual([5_000, false]);
  });

  it.each([
    [null, 0, false],
    [0, null, false],
    [0, 59_000, false],
    [0, 61_000, true],
    [0, -86_400_000, true],
  ])('written at %s, sent at %s: jumped %s', (atWriting, atSending, jumped) => {
    expect(clockJumped(atWriting, atSending)).toBe(jumped);
  });
});
