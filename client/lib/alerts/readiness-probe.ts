import { askForPersistence, readStorageUse } from '$lib/storage/storage-use.ts';
import type { ReadinessFacts } from './readiness.ts';

/** The whole page has ten seconds; whatever has not answered by then is said to be unknown. */
export const probeLimitMs = 8_000;

/** The answer, or undefined when it took too long or could not be had. */
export async function withinLimit<T>(answer: Promise<T>, limitMs = probeLimitMs): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch {
    // Refused or failed: on this page that is the same as not knowing.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

export function permissionNow(): NonNullable<ReadinessFacts['permission']> {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window))
    return 'unsupported';
  const { permission } = Notification;
  return permission === 'default' ? 'not-asked' : permission;
}

export async function probeStorage(): Promise<ReadinessFacts['storage']> {
  const use = await withinLimit(readStorageUse());
  if (use === undefined || use === null) return undefined;
  return { persistent: use.persistent, freeBytes: Math.max(0, use.quotaBytes - use.usedBytes) };
}

export const keepStorage = (): Promise<boolean> => askForPersistence();

/** Asks our server whether there is a newer app; undefined without a network or a service worker. */
export async function probeVersion(): Promise<boolean | undefined> {
  if (!('serviceWorker' in navigator)) return undefined;
  const registration = await withinLimit(navigator.serviceWorker.ready);
  if (registration === undefined) return undefined;
  const hasNewer = (): boolean => registration.waiting !== null || registration.installing !== null;
  // A newer one that waits is news with and without a network.
  if (hasNewer()) return true;
  const asked = await withinLimit(registration.update().then(() => true));
  if (asked === undefined) return undefined;
  return hasNewer();
}

/** Lets the newer app in; the page opens again by itself. */
export async function takeVersion(): Promise<void> {
  const { waiting } = await navigator.serviceWorker.ready;
  waiting?.postMessage({ type: 'SKIP_WAITING' });
}
