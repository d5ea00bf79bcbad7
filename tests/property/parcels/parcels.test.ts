import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalEvent } from '#shared/event/canonical.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import type { Parcel } from '#shared/parcel/parcel.ts';
import { consultId, people } from '#tests/builders.ts';
import { startParcelHospital, type ParcelHospital } from '#tests/http/parcels/hospital.ts';
import { carry, tryCarry, type SigningTablet } from '#tests/http/parcels/signing-tablet.ts';

let hospital: ParcelHospital;
let author: SigningTablet;
const one = consultId('one');

beforeAll(async () => {
  hospital = await startParcelHospital();
  author = await hospital.signing(people.requester);
  await author.tablet.begin(one);
});
afterAll(() => hospital.close());

const note = (text: string): AuthoredEnvelope =>
  author.tablet.write('note-added', { kind: 'plan', text }, { document: one, lamport: 9, base: 3 });
/** One character becomes another that JSON text can hold. */
function flipped(text: string, at: number, bit: number): string {
  const place = at % text.length;
  const code = text.charCodeAt(place) ^ (1 << bit);
  return text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
}
const flips = { at: fc.nat(100_000), bit: fc.integer({ min: 0, max: 6 }) };

describe('a parcel on its way', () => {
  it('OFF-10 with any one bit changed is never taken', async () => {
    const parcel = await author.parcel(await author.sign(note('Unchanged.')));
    const text = JSON.stringify(parcel);
    const before = (await hospital.events('consults', one)).length;
    await fc.assert(
      fc.asyncProperty(flips.at, flips.bit, async (at, bit) => {
        let changed: unknown;
        try {
          changed = JSON.parse(flipped(text, at, bit));
        } catch {
          return; // No JSON any more: the request as a whole is refused.
        }
        const answer = await tryCarry(hospital.server, [{ parcel: changed, authorClockAt: null }]);
        hospital.server.clock.advance(1_000);
        expect(await answer.json()).toMatchObject({ verdicts: ['unreadable'] });
      }),
      { numRuns: 150 },
    );
    expect(await hospital.events('consults', one)).toHaveLength(before);
    expect(await carry(hospital.server, [parcel])).toEqual(['taken']);
  });

  it('sealed anew around an event with any one bit changed is never taken, by parcel or session', async () => {
    const event = await author.sign(note('As its author signed it.'));
    const text = JSON.stringify(event);
    const before = (await hospital.events('consults', one)).length;
    await fc.assert(
      fc.asyncProperty(flips.at, flips.bit, async (at, bit) => {
        let changed: AuthoredEnvelope;
        try {
          changed = JSON.parse(flipped(text, at, bit)) as AuthoredEnvelope;
        } catch {
          return; // No JSON any more.
        }
        const [verdict] = await carry(hospital.server, [await author.parcel(changed)]).catch(() => [
          'unsealed',
        ]);
        expect(['quarantined', 'refused', 'unreadable', 'waiting', 'unsealed']).toContain(verdict);
        // Without its name the signature is no signature: the event is an older tablet's, or refused for a field nobody knows.
        if (changed.sig !== undefined) {
          const [outcome] = await author.tablet.push([changed]);
          expect(['quarantined', 'refused']).toContain(outcome?.outcome);
        }
        hospital.server.clock.advance(60_000);
      }),
      { numRuns: 100 },
    );
    expect(await hospital.events('consults', one)).toHaveLength(before);
  });

  it('gives one event and duplicates, whoever brings it first and however often', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('parcel', 'session'), { minLength: 2, maxLength: 6 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
        async (ways, text) => {
          const event = await author.sign(note(`x${text.replaceAll(/\p{Cc}/gu, '')}`));
          const parcels: Parcel[] = [await author.parcel(event), await author.parcel(event, null)];
          const said: string[] = [];
          for (const [index, way] of ways.entries()) {
            hospital.server.clock.advance(1_000);
            const [verdict] = await (way === 'parcel'
              ? carry(hospital.server, parcels.slice(index % 2, 1 + (index % 2)))
              : author.tablet.push([event]).then(([outcome]) => [outcome?.outcome ?? '']));
            said.push(verdict ?? '');
          }
          expect(said[0]).toBe(ways[0] === 'parcel' ? 'taken' : 'accepted');
          expect(new Set(said.slice(1))).toEqual(new Set(['duplicate']));
          const held = (await hospital.events('consults', one)).filter(({ id }) => id === event.id);
          expect(held.map(canonicalEvent)).toEqual([canonicalEvent(event)]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
