import { describe, expect, it } from 'vitest';
import { WaitingEvents } from '#server/sync/waiting-events.ts';
import { deviceId, eventId } from '#tests/builders.ts';

const of = (at: number, device = 'ward') => ({ id: eventId(`event ${at}`), device: deviceId(device) });

describe('events told to wait', () => {
  it('are bounded for each device by itself, and one that is no longer waited for makes room', () => {
    const waiting = new WaitingEvents();
    for (let at = 0; at < 1000; at++) expect(waiting.note(of(at))).toBe(true);
    expect(waiting.note(of(1000))).toBe(false);
    expect(waiting.note(of(7))).toBe(true);
    expect(waiting.note(of(1000, 'phone'))).toBe(true);
    waiting.forget(of(7));
    expect(waiting.note(of(1000))).toBe(true);
  });
});
