import { describe, expect, it } from 'vitest';
import { isWithdrawn, watchStanding } from '$lib/devices/ask-standing.ts';
import { serverHeader } from '#shared/sync/protocol.ts';
import { deviceId } from '#tests/builders.ts';

const device = deviceId('ward');
const answer =
  (body: unknown, init: ResponseInit = {}): typeof fetch =>
  () =>
    Promise.resolve(new Response(JSON.stringify(body), { headers: { [serverHeader]: 'one' }, ...init }));
const said = { withdrawn: true, asOf: '2026-03-02T08:00:00.000Z' };

describe('PEO-8 a locked tablet hears that it was withdrawn', () => {
  it('believes our server alone', async () => {
    expect(await isWithdrawn(answer(said), device)).toBe(true);
    expect(await isWithdrawn(answer({ ...said, withdrawn: false }), device)).toBe(false);
    expect(await isWithdrawn(answer(said, { headers: {} }), device)).toBe(false);
    expect(await isWithdrawn(answer(said, { headers: { [serverHeader]: 'one' }, status: 503 }), device)).toBe(
      false,
    );
    expect(await isWithdrawn(answer('<p>Sign in to the Wi-Fi'), device)).toBe(false);
    expect(await isWithdrawn(() => Promise.reject(new TypeError('no network')), device)).toBe(false);
  });

  it('asks while everybody’s records are shut, once at a time, and tells it', async () => {
    const asked: ((withdrawn: boolean) => void)[] = [];
    let isShut = true;
    let withdrawn = 0;
    let occasion = (): void => undefined;
    watchStanding({
      isShut: () => isShut,
      ask: () => new Promise((resolve) => asked.push(resolve)),
      onWithdrawn: () => (withdrawn += 1),
      onOccasion: (run) => (occasion = run),
    });
    occasion();
    expect(asked).toHaveLength(1);
    asked[0]?.(false);
    await Promise.resolve();
    await Promise.resolve();
    expect(withdrawn).toBe(0);
    isShut = false;
    occasion();
    expect(asked).toHaveLength(1);
    isShut = true;
    occasion();
    asked[1]?.(true);
    await Promise.resolve();
    await Promise.resolve();
    expect(withdrawn).toBe(1);
  });
});
