import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode } from 'uqr';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCollector, firstSeries, framesOf, type Collected } from '$lib/parcels/frames.ts';
import { takeOn } from '$lib/parcels/take-on.ts';
import { hospitalMarkOf, type Parcel } from '#shared/parcel/parcel.ts';
import { entry, openDevice, start, type Device } from './device.ts';

let ward: Device;
beforeEach(async () => {
  ward = await openDevice();
});

async function parcels(count: number): Promise<readonly Parcel[]> {
  const own = await ward.own();
  await own.register();
  for (let at = 0; at < count; at++) {
    const put = await own.put(entry(`note ${String(at)}`));
    if (put.ok) await own.written(put.value.id);
  }
  return (await ward.store.parcels()).flatMap(({ parcel }) => parcel ?? []);
}
const mark = async (): Promise<string> => hospitalMarkOf((await parcels(1))[0]!.key);
async function collect(frames: readonly string[], hospital: string | null = null): Promise<Collected> {
  const collector = createCollector(hospital);
  let seen: Collected = { type: 'not-ours' };
  for (const frame of frames) seen = await collector.add(frame);
  return seen;
}

describe('codes', () => {
  it('OFF-11 carry parcels in whatever order they are caught, and however often', async () => {
    const carried = await parcels(3);
    const frames = await framesOf(carried, start);
    expect(frames.length).toBeGreaterThan(2);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(frames as string[], { minLength: frames.length }),
        fc.array(fc.constantFrom(...frames), { maxLength: 8 }),
        async (order, again) => {
          expect(await collect([...again, ...order], await mark())).toEqual({
            type: 'whole',
            bundle: { v: 1, shownAt: start, parcels: carried },
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('tell how many are still to be caught', async () => {
    const [first, second] = await framesOf(await parcels(3), start);
    const collector = createCollector(null);
    expect(await collector.add(first!)).toMatchObject({ type: 'part', have: 1 });
    expect(await collector.add(first!)).toMatchObject({ type: 'part', have: 1 });
    expect(await collector.add(second!)).toMatchObject({ type: 'part', have: 2 });
  });

  it('of another hospital, another build or another app are told apart, with nothing taken', async () => {
    const [frame] = await framesOf(await parcels(1), start);
    expect(await collect([frame!], 'f'.repeat(16))).toEqual({ type: 'other-hospital' });
    expect(await collect([frame!.replace('HCP1', 'HCP2')])).toEqual({ type: 'other-build' });
    expect(await collect(['https://hospital.example'])).toEqual({ type: 'not-ours' });
    expect(await collect([frame!.replace(/\/1\/\d+\//, '/9/2/')])).toEqual({ type: 'not-ours' });
  });

  it('with any part changed do not fit together, and can be shown anew', async () => {
    const frames = await framesOf(await parcels(1), start);
    const spoiled = [...frames.slice(0, -1), frames.at(-1)!.replace(/..$/, '}x')];
    const collector = createCollector(null);
    let seen: Collected | null = null;
    for (const frame of spoiled) seen = await collector.add(frame);
    expect(seen).toEqual({ type: 'damaged' });
    for (const frame of frames) seen = await collector.add(frame);
    expect(seen).toMatchObject({ type: 'whole' });
  });

  it('come in series that a camera can catch', async () => {
    const [one] = await parcels(1);
    const many = Array.from({ length: 70 }, () => one!);
    expect(firstSeries(many).length).toBeLessThan(50);
    const large = many.map((parcel) => ({ ...parcel, box: 'A'.repeat(20_000) }));
    expect(firstSeries(large).length).toBe(2);
    for (const all of [many, large])
      expect((await framesOf(firstSeries(all), start)).length).toBeLessThanOrEqual(60);
  });
});

describe('codes through a camera', () => {
  beforeAll(() => {
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    const bytes = readFileSync(wasm);
    prepareZXingModule({
      overrides: {
        wasmBinary: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      },
    });
  });

  /** The code as a picture: four bytes of the same grey for each point. */
  function picture(text: string): ImageData {
    const { data, size } = encode(text, { ecc: 'L', border: 4 });
    const dot = 3;
    const width = size * dot;
    const points = new Uint8ClampedArray(width * width * 4).fill(255);
    for (let y = 0; y < width; y++)
      for (let x = 0; x < width; x++)
        if (data[Math.floor(y / dot)]?.[Math.floor(x / dot)] === true)
          points.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    return { data: points, width, height: width, colorSpace: 'srgb' };
  }

  it('OFF-11 are read as they were drawn', async () => {
    for (const frame of await framesOf(await parcels(2), start)) {
      const found = await readBarcodes(picture(frame), { formats: ['QRCode'] });
      expect(found.map(({ text }) => text)).toEqual([frame]);
    }
  });
});

describe('taking on', () => {
  it('OFF-11 keeps what another tablet showed, to be brought from here, and a code read twice changes nothing', async () => {
    const carried = await parcels(2);
    const colleague = await openDevice();
    const parts = { store: colleague.store, clock: colleague.clock, offsetMs: 5 };
    const bundle = { v: 1 as const, shownAt: start, parcels: [...carried, carried[0]!] };
    expect(await takeOn(parts, bundle)).toEqual({ taken: 2, known: 1 });
    colleague.clock.advance(1_000);
    expect(await takeOn(parts, bundle)).toEqual({ taken: 0, known: 3 });
    expect(await colleague.store.parcels()).toMatchObject([
      {
        person: null,
        state: 'ready',
        origin: { type: 'carried', shownAt: start, takenAt: start, offsetMs: 5 },
      },
      { person: null, state: 'ready' },
    ]);
  });

  it('leaves what was written here as it is', async () => {
    const own = await parcels(1);
    const before = await ward.store.parcels();
    const bundle = { v: 1 as const, shownAt: start, parcels: [...own] };
    expect(await takeOn({ store: ward.store, clock: ward.clock, offsetMs: 0 }, bundle)).toEqual({
      taken: 0,
      known: 1,
    });
    expect(await ward.store.parcels()).toEqual(before);
  });
});
