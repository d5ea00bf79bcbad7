import { msToInstant } from '#shared/lib/instant.ts';
import { hospitalMarkOf } from '#shared/parcel/parcel.ts';
import { browserParcelStore } from './browser-parcels.ts';
import { createCollector, type Collected } from './frames.ts';
import { takeOn, type TakenOn } from './take-on.ts';

export type Seen =
  | { readonly type: 'nothing' }
  | Exclude<Collected, { type: 'whole' }>
  | ({ readonly type: 'taken' } & TakenOn)
  | { readonly type: 'storage-failed' };

export interface Taking {
  look(picture: Blob | ImageData): Promise<Seen>;
}

/** Reads codes from pictures and takes on what they hold. */
export async function openTaking(offsetMs: number | null): Promise<Taking> {
  const { readCodes } = await import('./read-codes.ts');
  const store = browserParcelStore();
  const key = await store.serverKey().catch(() => null);
  const collector = createCollector(key === null ? null : hospitalMarkOf(key.id));
  const clock = { now: () => msToInstant(Date.now()) };
  /** The series that was taken last is still before the camera. */
  let last = '';

  return {
    async look(picture) {
      const texts = await readCodes(picture).catch(() => []);
      let seen: Seen = { type: 'nothing' };
      for (const text of texts) {
        const collected = await collector.add(text);
        if (collected.type !== 'whole') {
          seen = collected;
          continue;
        }
        const series = JSON.stringify(collected.bundle);
        if (series === last) return { type: 'nothing' };
        try {
          const taken = await takeOn({ store, clock, offsetMs }, collected.bundle);
          last = series;
          return { type: 'taken', ...taken };
        } catch {
          return { type: 'storage-failed' };
        }
      }
      return seen;
    },
  };
}
