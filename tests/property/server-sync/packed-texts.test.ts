import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlertIndex } from '#server/sync/alert-index.ts';
import { ConsultIndex } from '#server/sync/consult-index.ts';
import { pack, PackedTexts } from '#server/sync/packed-texts.ts';

const text = fc
  .array(
    fc.oneof(
      fc.uuid(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(':', 'auto-assigned', '—'.repeat(100), 'x'.repeat(600)),
      fc.uuid().map((id) => id.toUpperCase()),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

describe('packed texts', () => {
  it('every text comes back as it was, and is found where it stands and nowhere else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 20 }), (texts) => {
        const packed = new PackedTexts();
        const places = texts.map((one) => packed.add(one));
        expect(places.map((place) => packed.at(place))).toEqual(texts);
        for (const [at, one] of texts.entries())
          expect(places.map((place) => packed.isAt(place, pack(one)))).toEqual(
            texts.map((_other, other) => at === other),
          );
      }),
    );
  });

  it('an id of three UUIDs takes less than half of its characters', () => {
    const ids = fc.sample(fc.uuid(), { numRuns: 3, seed: 1 });
    expect(pack(ids.join(':')).length).toBeLessThan(60);
  });
});

describe('alert index', () => {
  it('a long life of alerts that come and go leaves what stands, and no more room taken', () => {
    const index = new AlertIndex(new ConsultIndex());
    const ids = fc.sample(fc.uuid(), { numRuns: 400, seed: 2 });
    const alive = new Map<string, string>();
    for (let turn = 0; turn < 20; turn++) {
      for (const [at, cause] of ids.entries()) {
        const consult = ids[(at + turn) % ids.length] ?? '';
        const id = `${consult}:${cause}:${'recipient '.repeat(6)}`;
        const [old] = alive.keys();
        if (alive.size > 500 && old !== undefined) {
          index.remove(old);
          alive.delete(old);
        }
        const version = `${String(turn)}${at % 7 === 0 ? '.odd' : ''}`;
        index.put(id, { key: `person ${String(at % 9)}`, consult, version });
        alive.set(id, version);
      }
    }
    expect(index.size).toBe(alive.size);
    expect(new Map(Array.from(index.all(), ({ id, version }) => [id, version]))).toEqual(alive);
    for (const [id, version] of alive) expect(index.get(id)?.version).toBe(version);
  });
});
