import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import { consultId, people } from '#tests/builders.ts';
import { startParcelHospital, type ParcelHospital } from './hospital.ts';
import { carry, type SigningTablet } from './signing-tablet.ts';

let hospital: ParcelHospital;
let author: SigningTablet;
let first: AuthoredEnvelope;
let second: AuthoredEnvelope;
const one = consultId('one');

/** A note and its correction, which is nothing without the note. */
beforeEach(async () => {
  hospital = await startParcelHospital();
  author = await hospital.signing(people.requester);
  await author.tablet.begin(one);
  const { tablet } = author;
  first = await author.sign(tablet.write('note-added', undefined, { document: one, lamport: 9, base: 3 }));
  const correction = { of: first.id, text: 'Left, not right.' };
  second = await author.sign(tablet.write('corrected', correction, { document: one, lamport: 10, base: 3 }));
});
afterEach(() => hospital.close());

const refusedHere = async (): Promise<readonly string[]> =>
  (await hospital.documents()).filter((id) => id.startsWith('refused:'));

it('OFF-11 an act that is brought before what it builds on is not refused for it', async () => {
  const parcels = [await author.parcel(second), await author.parcel(first)];
  expect(await carry(hospital.server, parcels)).toEqual(['taken', 'taken']);
  expect(await refusedHere()).toEqual([]);
});

it('OFF-11 an act whose forerunner is in another tablet’s hands waits for it', async () => {
  const [early, late] = [await author.parcel(second), await author.parcel(first)];
  expect(await carry(hospital.server, [early])).toEqual(['waiting']);
  expect(await refusedHere()).toEqual([]);
  expect(await carry(hospital.server, [late])).toEqual(['taken']);
  expect(await carry(hospital.server, [early])).toEqual(['taken']);
});

it('what was never allowed is refused once all its author had seen is here', async () => {
  const never = await author.sign(
    author.tablet.write('force-closed', { reason: 'no' }, { document: one, lamport: 4, base: 3 }),
  );
  expect(await carry(hospital.server, [await author.parcel(never)])).toEqual(['refused']);
});
