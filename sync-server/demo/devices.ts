import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { clinicalCodes, type ClinicalCode } from './departments.ts';
import type { Random } from './random.ts';

export interface Devices {
  readonly wards: Readonly<Record<ClinicalCode, readonly DeviceId[]>>;
  readonly phones: Map<PersonId, DeviceId>;
}

/** Two shared tablets in every department; a doctor's own phone is made when first used. */
export const buildDevices = (random: Random): Devices => ({
  wards: Object.fromEntries(
    clinicalCodes.map((code) => [code, [0, 1].map(() => random.uuid() as DeviceId)]),
  ) as Record<ClinicalCode, DeviceId[]>,
  phones: new Map(),
});

export const deviceOfWard = (devices: Devices, code: ClinicalCode, random: Random): DeviceId =>
  random.pick(devices.wards[code]);

export function phoneOf(devices: Devices, person: PersonId, random: Random): DeviceId {
  const held = devices.phones.get(person);
  if (held !== undefined) return held;
  const made = random.uuid() as DeviceId;
  devices.phones.set(person, made);
  return made;
}
