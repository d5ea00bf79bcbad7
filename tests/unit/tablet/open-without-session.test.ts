import 'fake-indexeddb/auto';
import { beforeEach, expect, it, vi } from 'vitest';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import { evictedSetting } from '$lib/rescue/canary.ts';
import { openTablet } from '$lib/tablet/open-tablet.ts';
import { current } from '#tests/e-rows/tablet-fixture.ts';
import { deviceId, patientContent, patientId, people } from '#tests/builders.ts';
import { createSmallStore } from '#tests/unit/devices/small-store.ts';

const { id: person } = people.requester;
let local: Storage;

beforeEach(() => {
  local = createSmallStore();
  vi.stubGlobal('localStorage', local);
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'hidden' }));
  vi.stubGlobal('navigator', {});
});

/** As a browser does that needs the room. */
async function throwAway(): Promise<void> {
  for (const { name = '' } of await indexedDB.databases())
    await new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
}

it('FM-10 what somebody who is signed out here writes is counted, should the browser throw it away', async () => {
  const keys = await keysOf(person, newDataKey());
  const tablet = await openTablet({ person, device: deviceId('one'), slot: null, keys });
  await tablet.filled;
  await tablet.actOnPatient(patientId('new'), 'registered', { content: patientContent() });
  const shadow = (): unknown => JSON.parse(local.getItem(`hc-canary:${person}:0`) ?? 'null');
  await vi.waitFor(() => expect(shadow()).toMatchObject({ unsent: 1 }));
  await tablet.close();

  await throwAway();
  const after = await openTablet({ person, device: deviceId('one'), slot: null, keys });
  await vi.waitFor(() => expect(current(after.setting(evictedSetting))).toEqual({ unsent: 1, seen: false }));
  await after.close();
});
