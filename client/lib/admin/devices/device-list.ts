import { expectedItems, lostItems, type DeviceRecord } from '#shared/device/protocol.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';

export const deviceStates = ['all', 'stale', 'unsent', 'withdrawn'] as const;
export type DeviceState = (typeof deviceStates)[number];

/** A tablet nobody heard of for so long is probably in a drawer, or gone. */
export const staleAfterDays = 7;
const dayMs = 24 * 3_600_000;

export interface DeviceFilter {
  readonly text: string;
  readonly state: DeviceState;
}
export const noDeviceFilter: DeviceFilter = { text: '', state: 'all' };

const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

function isInState(device: DeviceRecord, state: DeviceState, asOf: Instant): boolean {
  switch (state) {
    case 'all':
      return device.revoked === null;
    case 'stale':
      return device.revoked === null && device.lastContactAt < addMs(asOf, -staleAfterDays * dayMs);
    case 'unsent':
      return expectedItems(device) > 0 || lostItems(device) > 0;
    case 'withdrawn':
      return device.revoked !== null;
  }
}

/** Those who fit or are in `keep`, in the order given; words are looked for in the device's name and in those of whoever used it. */
export function devicesLike(
  devices: readonly DeviceRecord[],
  filter: DeviceFilter,
  asOf: Instant,
  nameOf: (person: PersonId) => string,
  keep: ReadonlySet<string> = new Set(),
): DeviceRecord[] {
  const words = folded(filter.text)
    .split(/\s+/)
    .filter((word) => word !== '');
  return devices.filter((device) => {
    if (keep.has(device.id)) return true;
    if (!isInState(device, filter.state, asOf)) return false;
    if (words.length === 0) return true;
    const text = folded([device.name, ...device.users.map(({ person }) => nameOf(person))].join(' '));
    return words.every((word) => text.includes(word));
  });
}

/** When the device last told how much waits there; null: it never did. */
export const reportedAt = (device: DeviceRecord): Instant | null =>
  device.users.reduce<Instant | null>(
    (latest, { unsent, unsentAt }) =>
      (unsent ?? 0) > 0 && unsentAt !== null && (latest === null || unsentAt > latest) ? unsentAt : latest,
    null,
  );
