/** As much of a browser as says whether anything can be kept in it. */
interface Keeping {
  readonly localStorage: Pick<Storage, 'getItem'>;
  readonly indexedDB?: unknown;
}

/**
 * Whether this browser keeps nothing for the app, as a private window of some does, or where site data is blocked. Asked before anything else
 * is: no browser tells outright, and one that keeps things until its window is closed looks like any other.
 */
export function isStorageOff(browser: () => Keeping = () => window): boolean {
  try {
    const { localStorage, indexedDB } = browser();
    localStorage.getItem('hc-device');
    return indexedDB === undefined || indexedDB === null;
  } catch {
    // Looking at it is refused already.
    return true;
  }
}
