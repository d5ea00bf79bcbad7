import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { createSeal } from '$lib/db/seal.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import { openTablet } from '$lib/tablet/open-tablet.ts';
import type { RunningTablet } from '$lib/tablet/create-tablet.ts';
import { createDatabasesHere, isPlaceKey } from './databases-here.ts';
import { openSafely } from './open-safely.ts';

/** A person's workspace in this browser, whatever became of the database it lay in. */
export async function openTabletSafely(who: {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly slot: number | null;
  readonly keys: UnlockedKeys;
  readonly appVersion?: string;
}): Promise<RunningTablet> {
  const { person, keys } = who;
  const databases = createDatabasesHere(localStorage);
  const tablet = await openSafely<RunningTablet>({
    person,
    keyId: keys.keyId,
    databases,
    open: (generation, prepare) => openTablet({ ...who, generation, prepare }),
    loadRescue: async () => (await import('./rescue.ts')).browserRescue(createSeal(keys)),
    beginAgain: () => location.reload(),
  });
  const { generation } = databases.of(person);
  // Another window found the database damaged and went on with a new one: what is written here must not stay behind in the old.
  const onMoved = (event: StorageEvent): void => {
    if (isPlaceKey(event.key, person) && databases.of(person).generation !== generation) location.reload();
  };
  window.addEventListener('storage', onMoved);
  return {
    ...tablet,
    async close() {
      window.removeEventListener('storage', onMoved);
      await tablet.close();
    },
  };
}
