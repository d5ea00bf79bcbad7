/** What outlives a reload of the page and nothing more, such as `sessionStorage`. */
export interface KeepingStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Names of fields with what the form was filled with and what is written now. */
export interface KeptForm {
  readonly was: Readonly<Record<string, unknown>>;
  readonly becomes: Readonly<Record<string, unknown>>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A half-filled form under `key`; of another build of the app it counts as not there. */
export function readKept(store: KeepingStore, key: string, build: string): KeptForm | null {
  const text = store.getItem(key);
  if (text === null) return null;
  try {
    const kept: unknown = JSON.parse(text);
    if (!isRecord(kept) || kept['build'] !== build) return null;
    const { was, becomes } = kept;
    return isRecord(was) && isRecord(becomes) ? { was, becomes } : null;
  } catch {
    // Not JSON: as good as not there.
    return null;
  }
}

export function keep(store: KeepingStore, key: string, build: string, kept: KeptForm | null): void {
  if (kept === null) {
    store.removeItem(key);
    return;
  }
  try {
    store.setItem(key, JSON.stringify({ build, ...kept }));
  } catch {
    // Full: the form itself still holds it, and the page warns before it goes.
    store.removeItem(key);
  }
}
