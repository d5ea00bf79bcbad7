import type { TabletStore } from '$lib/sync/tablet-store.ts';
import type { DatabasesHere } from './databases-here.ts';

export interface Openable {
  /** Resolves when everything was read from storage; false: some of it could not be. */
  readonly readable: Promise<boolean>;
  close(): Promise<void>;
}

/** What opening one person's records needs from its surroundings. */
export interface OpeningParts<T extends Openable> {
  readonly person: string;
  /** Names the key their records are sealed under. */
  readonly keyId: string;
  readonly databases: DatabasesHere;
  /** Opens a generation of their database; `prepare` is done with it before anything is shown. Rejects when it cannot be read. */
  readonly open: (generation: number, prepare: (store: TabletStore) => Promise<void>) => Promise<T>;
  /** Fetched only when something is damaged. */
  readonly loadRescue: () => Promise<Rescue>;
  /** It opened, but not all of it could be read: begin anew, and look into it. */
  readonly beginAgain: () => void;
}

/** The part of the app that deals with damaged databases. */
export interface Rescue {
  /**
   * Answers an opened tablet over a database that is sealed under the present key: a new one, with everything unsent and half-written of
   * the one before. Rejects as `rescue` does.
   */
  seal<T extends Openable>(parts: OpeningParts<T>): Promise<T>;
  /** Answers an opened tablet over a sound database; rejects with what could be read when there is none to be had. */
  rescue<T extends Openable>(parts: OpeningParts<T>): Promise<T>;
  /** Brings over what still comes to light in databases set aside, and lets go of those that hold nothing any more. Never rejects. */
  sweep(person: string, databases: DatabasesHere, store: TabletStore): Promise<void>;
  /** Tells of records in the outbox that cannot be read. Never rejects. */
  tellDamaged(store: TabletStore): Promise<void>;
}

/**
 * Opens a person's records; where their database is damaged, sets it aside untouched, and brings everything that can be read of it into
 * a new one. Nothing is thrown away on any path.
 */
export async function openSafely<T extends Openable>(parts: OpeningParts<T>): Promise<T> {
  const { person, databases, loadRescue } = parts;
  const place = databases.of(person);
  if (place.keyId !== parts.keyId) return (await loadRescue()).seal(parts);
  if (place.suspect) return (await loadRescue()).rescue(parts);
  let opened: T;
  let held: TabletStore | null = null;
  try {
    opened = await parts.open(place.generation, async (store) => {
      held = store;
      if (place.aside.length > 0) await (await loadRescue()).sweep(person, databases, store);
    });
  } catch {
    // Whatever the storage said: what lies in it is worth more than the name of the error.
    return (await loadRescue()).rescue(parts);
  }
  void opened.readable.then(async (isReadable) => {
    if (!isReadable) {
      databases.suspect(person, true);
      parts.beginAgain();
      return;
    }
    const store = held;
    if (store !== null && ((await store.damaged?.()) ?? []).length > 0)
      await (await loadRescue()).tellDamaged(store);
  });
  return opened;
}
