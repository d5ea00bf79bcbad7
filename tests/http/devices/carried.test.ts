import { expect, it } from 'vitest';
import { expectedItems } from '#shared/device/protocol.ts';
import { patientContent, patientId, people } from '#tests/builders.ts';
import { startParcelHospital } from '#tests/http/parcels/hospital.ts';
import { carry } from '#tests/http/parcels/signing-tablet.ts';

it('FM-7 what a parcel brought is not expected any more of the tablet it was written on', async () => {
  const hospital = await startParcelHospital();
  const author = await hospital.signing(people.requester);
  const registered = (name: string) =>
    author.tablet.writePatient(
      'registered',
      { content: patientContent({ mrn: null }) },
      { document: patientId(name) },
    );
  const { devices } = hospital.server.parts;
  const expected = async () => {
    await devices.idle();
    const device = (await devices.list()).find(({ id }) => id === author.tablet.session.device);
    return device === undefined ? null : expectedItems(device);
  };
  await author.tablet.push([registered('sent')], { unsentAfter: 2 });
  expect(await expected()).toBe(2);
  const parcel = await author.parcel(await author.sign(registered('carried')));
  expect(await carry(hospital.server, [parcel])).toEqual(['taken']);
  expect(await expected()).toBe(1);
  // Brought once more it is no second one.
  expect(await carry(hospital.server, [parcel])).toEqual(['duplicate']);
  expect(await expected()).toBe(1);
  await hospital.close();
});
