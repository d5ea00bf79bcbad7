import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGuessLimiter, type Attempt } from '#server/auth/guess-limiter.ts';
import { addMs, instant } from '#shared/lib/instant.ts';

const at = instant('2026-03-02T08:00:00.000Z');
const attempt = (change: Partial<Attempt> = {}): Attempt => ({
  email: 'doctor@hospital.test',
  address: '10.0.0.1',
  device: 'device-1',
  isKnownDevice: false,
  at,
  ...change,
});

describe('slowed guessing', () => {
  it('doubles the wait from the sixth failure on, up to a minute', () => {
    const limiter = createGuessLimiter();
    const waits = [];
    for (let failure = 0; failure < 14; failure++) {
      limiter.failed(attempt());
      waits.push(limiter.delaySeconds(attempt()));
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('counts another address, another person and a known device apart', () => {
    const limiter = createGuessLimiter();
    for (let failure = 0; failure < 10; failure++) limiter.failed(attempt());
    expect(limiter.delaySeconds(attempt())).toBe(32);
    expect(limiter.delaySeconds(attempt({ address: '10.0.0.2' }))).toBe(0);
    expect(limiter.delaySeconds(attempt({ email: 'other@hospital.test' }))).toBe(0);
    expect(limiter.delaySeconds(attempt({ isKnownDevice: true }))).toBe(0);
  });

  it('slows guessing from many addresses too, but not for known devices', () => {
    const limiter = createGuessLimiter();
    for (let place = 0; place < 60; place++) limiter.failed(attempt({ address: `10.0.1.${place}` }));
    expect(limiter.delaySeconds(attempt({ address: '10.9.9.9' }))).toBe(20);
    expect(limiter.delaySeconds(attempt({ isKnownDevice: true }))).toBe(0);
  });

  it('PEO-4 a colleague who knows the id of a doctor’s tablet cannot keep the doctor out of it from elsewhere', () => {
    const limiter = createGuessLimiter();
    const known = (address: string) => attempt({ isKnownDevice: true, address });
    for (let guess = 0; guess < 50; guess++) limiter.failed(known('10.0.0.66'));
    expect(limiter.delaySeconds(known('10.0.0.66'))).toBe(60);
    expect(limiter.delaySeconds(known('10.0.0.1'))).toBe(0);
    for (let place = 0; place < 300; place++) limiter.failed(known(`10.0.2.${place}`));
    expect(limiter.delaySeconds(known('10.9.9.9'))).toBe(5);
  });

  it('a clock that is set back keeps nobody waiting longer', () => {
    const limiter = createGuessLimiter();
    for (let failure = 0; failure < 8; failure++) limiter.failed(attempt());
    const earlier = addMs(at, -3_600_000);
    expect(limiter.delaySeconds(attempt({ at: earlier }))).toBe(8);
    expect(limiter.delaySeconds(attempt({ at: addMs(earlier, 8_000) }))).toBe(0);
  });

  it('forgets after an hour, and after success', () => {
    const limiter = createGuessLimiter();
    for (let failure = 0; failure < 10; failure++) limiter.failed(attempt());
    expect(limiter.delaySeconds(attempt({ at: addMs(at, 3_601_000) }))).toBe(0);
    limiter.succeeded(attempt());
    expect(limiter.delaySeconds(attempt())).toBe(0);
  });

  it('PEO-4 never asks for more than a minute, whatever has happened', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ step: fc.nat(120_000), known: fc.boolean(), place: fc.nat(3) }), {
          maxLength: 80,
        }),
        (history) => {
          const limiter = createGuessLimiter();
          let now = at;
          for (const { step, known, place } of history) {
            now = addMs(now, step);
            limiter.failed(attempt({ at: now, isKnownDevice: known, address: `10.0.0.${place}` }));
            expect(
              limiter.delaySeconds(attempt({ at: now, isKnownDevice: known, address: `10.0.0.${place}` })),
            ).toBeLessThanOrEqual(60);
          }
        },
      ),
    );
  });
});
