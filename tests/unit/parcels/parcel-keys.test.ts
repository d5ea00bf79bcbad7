import { describe, expect, it } from 'vitest';
import { sealParcel } from '$lib/parcels/seal.ts';
import { createParcelKeys } from '#server/keys/parcel-keys.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { hospitalMarkOf } from '#shared/parcel/parcel.ts';
import { uuidOf } from '#tests/builders.ts';

const secret = new Uint8Array(32).map((_, at) => at * 7);
const at = instant('2026-03-02T08:00:00.000Z');
const dayMs = 24 * 60 * 60_000;
const content = { v: 1 as const, event: { id: uuidOf('event') }, grant: null };

describe('parcel keys', () => {
  it('are made from the secret that every installation has, always the same', () => {
    const key = createParcelKeys(secret).current(at);
    expect(createParcelKeys(secret).current(at)).toEqual(key);
    expect(key).toEqual({
      id: '748dedfe61579829.227',
      publicKey: 'BEPyu3R_SzwEqxgX80jy8Y0g9tbxqCVhfMtey_193zvcMMSG_mm10O9r0VWGNpuyVMjIUsg6KEi2kzJpMcz2-aE',
      until: '2026-03-08T00:00:00.000Z',
    });
  });

  it('change every 90 days, and every gateway opens what was sealed to earlier ones and the next', async () => {
    const keys = createParcelKeys(secret);
    const now = keys.current(at);
    const next = keys.current(now.until);
    expect(next.id).not.toBe(now.id);
    expect(next.publicKey).not.toBe(now.publicKey);
    const sealedNow = await sealParcel(content, now);
    const sealedNext = await sealParcel(content, next);
    const other = createParcelKeys(secret);
    expect(other.open(sealedNow, addMs(at, 400 * dayMs))).toBe(canonicalJson(content));
    expect(other.open(sealedNext, at)).toBe(canonicalJson(content));
    expect(other.open(sealedNext, addMs(at, -100 * dayMs))).toBeNull();
  });

  it('open nothing sealed to another hospital, and say which one it is', async () => {
    const elsewhere = createParcelKeys(secret.map((byte) => byte ^ 1));
    const parcel = await sealParcel(content, elsewhere.current(at));
    const keys = createParcelKeys(secret);
    expect(keys.open(parcel, at)).toBeNull();
    expect(keys.open({ ...parcel, key: keys.current(at).id }, at)).toBeNull();
    expect(hospitalMarkOf(parcel.key)).not.toBe(hospitalMarkOf(keys.current(at).id));
  });

  it('never fail on what is no point of the curve', async () => {
    const keys = createParcelKeys(secret);
    const parcel = await sealParcel(content, keys.current(at));
    const bad = [`BA${'A'.repeat(85)}`, 'A'.repeat(87), `Ag${'A'.repeat(85)}`];
    expect(bad.map((epk) => keys.open({ ...parcel, epk }, at))).toEqual([null, null, null]);
    expect(keys.open({ ...parcel, key: parcel.key.replace('.', '.0') }, at)).toBeNull();
  });
});
