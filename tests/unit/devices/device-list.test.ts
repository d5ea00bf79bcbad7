import { describe, expect, it } from 'vitest';
import { devicesLike, noDeviceFilter, type DeviceFilter } from '$lib/admin/devices/device-list.ts';
import { expectedItems, type DeviceRecord } from '#shared/device/protocol.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { deviceId, people } from '#tests/builders.ts';

const now = instant('2026-03-20T08:00:00.000Z');
const daysAgo = (days: number) => addMs(now, -days * 24 * 3_600_000);
const device = (name: string, over: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id: deviceId(name),
  kind: 'ward',
  name,
  registeredAt: daysAgo(30),
  lastContactAt: daysAgo(0),
  appVersion: '1.0.0',
  users: [],
  revoked: null,
  wiped: null,
  ...over,
});
const user = (unsent: number | null, arrivedSince = 0): DeviceRecord['users'][number] => ({
  person: people.requester.id,
  firstAt: daysAgo(9),
  lastAt: daysAgo(1),
  unsent,
  unsentAt: unsent === null ? null : daysAgo(1),
  arrivedSince,
  lost: 0,
});

const devices = [
  device('Ward 4 tablet 1'),
  device('Ward 4 tablet 2', { lastContactAt: daysAgo(8) }),
  device('Élan’s phone', { kind: 'personal', users: [user(2)] }),
  device('Lost', { revoked: { at: now, by: people.head.id, reason: 'x' }, lastContactAt: daysAgo(20) }),
];
const named = (filter: Partial<DeviceFilter>): string[] =>
  devicesLike(devices, { ...noDeviceFilter, ...filter }, now, () => 'Dr Hamza Raza').map(({ name }) => name);

describe('PEO-8 the list of devices', () => {
  it.each<[string, Partial<DeviceFilter>, readonly string[]]>([
    ['those in use', {}, ['Ward 4 tablet 1', 'Ward 4 tablet 2', 'Élan’s phone']],
    ['silent for a week', { state: 'stale' }, ['Ward 4 tablet 2']],
    ['with something expected', { state: 'unsent' }, ['Élan’s phone']],
    ['withdrawn', { state: 'withdrawn' }, ['Lost']],
    ['by name, whatever the accents', { text: 'elan' }, ['Élan’s phone']],
    ['by who used it', { text: 'hamza' }, ['Élan’s phone']],
    ['by several words', { text: '2 ward' }, ['Ward 4 tablet 2']],
    ['nothing', { text: 'hamza', state: 'stale' }, []],
  ])('shows %s', (_what, filter, expected) => {
    expect(named(filter)).toEqual(expected);
  });

  it.each([
    [[], 0],
    [[user(null)], 0],
    [[user(2)], 2],
    [[user(2, 1)], 1],
    [[user(2, 5), user(3)], 3],
  ])('FM-7 expects what was reported and has not come by any way (%#)', (users, expected) => {
    expect(expectedItems({ users })).toBe(expected);
  });
});
