import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import type { Live } from '$lib/tablet/tablet.ts';
import { attendedPrefix } from '$lib/worker/parcel-tag.ts';
import { createParcelApi, type ParcelApi } from './parcel-api.ts';
import { createParcelStore, type ParcelStore } from './parcel-store.ts';
import { startPagePost, type PagePost } from './page-post.ts';

const clock = { now: () => msToInstant(Date.now()) };
let store: ParcelStore | null = null;
/** One connection for the whole page: the lock screen, the records and the codes all use it. */
export const browserParcelStore = (): ParcelStore => (store ??= createParcelStore(indexedDB));
export const browserParcelApi = (): ParcelApi => createParcelApi((...request) => fetch(...request));

/** People with a window that is looked at: they send for themselves. */
export async function attendedPeople(locks: LockManager | undefined): Promise<ReadonlySet<string>> {
  const held = (await locks?.query())?.held ?? [];
  return new Set(
    held.flatMap(({ name }) => {
      const person = personIdSchema.safeParse(
        name?.startsWith(attendedPrefix) ? name.slice(attendedPrefix.length) : '',
      );
      return person.success ? [person.data] : [];
    }),
  );
}

function onWaking(run: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  window.addEventListener('online', run);
  window.addEventListener('pageshow', run);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', run);
    window.removeEventListener('pageshow', run);
    document.removeEventListener('visibilitychange', visible);
  };
}

let withoutSession: string | null = null;
/** Whether the person whose records are open here can send for themselves. */
export const ownSession = {
  note(person: PersonId, connection: Live<{ readonly signInNeeded: boolean }>): () => void {
    const stop = connection.subscribe(({ signInNeeded }) => (withoutSession = signInNeeded ? person : null));
    return () => {
      stop();
      withoutSession = null;
    };
  },
};

/** Sends what anybody left on this tablet for as long as the app is open, locked or not. */
export function browserPagePost(): PagePost {
  const counts = createCountsHere(localStorage);
  return startPagePost({
    store: browserParcelStore(),
    api: browserParcelApi(),
    clock,
    async senders() {
      const people = new Set(await attendedPeople('locks' in navigator ? navigator.locks : undefined));
      people.delete(withoutSession ?? '');
      return people;
    },
    onWaking,
    every(ms, run) {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    onGone: (person, events) => counts.left(person, events),
  });
}
