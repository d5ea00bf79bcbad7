import { addMs, instantToMs, msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import {
  maxParcels,
  maxParcelsBytes,
  type CarriedParcel,
  type ParcelVerdict,
} from '#shared/parcel/protocol.ts';
import { clockJumped } from '$lib/sync/clock-offset.ts';
import type { KeptParcel, Origin } from './kept.ts';
import type { ParcelApi } from './parcel-api.ts';
import type { ParcelStore } from './parcel-store.ts';

export interface DeliverParts {
  readonly store: ParcelStore;
  readonly api: Pick<ParcelApi, 'key' | 'bring'>;
  readonly clock: Clock;
  /** Whose own session sends for itself right now. */
  readonly sendsForItself: (person: string) => boolean;
}

export type Delivery =
  /** `left`: so many wait for what they build on. `gone`: what the server took, by person. */
  | { readonly type: 'done'; readonly gone: readonly KeptParcel[]; readonly left: number }
  | { readonly type: 'no-answer' }
  | { readonly type: 'storage-failing' };

const slackBytes = 4 * 1024;

/** What the clock of the tablet it was written on shows now; null: nobody can tell any more. */
function authorClockAt(origin: Origin, now: Instant, offsetMs: number): Instant | null {
  if (clockJumped(origin.offsetMs, offsetMs)) return null;
  if (origin.type === 'written') return now;
  const sinceMs = msBetween(origin.takenAt, now);
  return sinceMs < 0 ? null : addMs(origin.shownAt, sinceMs);
}

/** The first that fit into one request. */
function takeBundle(parcels: readonly KeptParcel[]): readonly KeptParcel[] {
  let bytes = slackBytes;
  let count = 0;
  for (const { parcel } of parcels) {
    bytes += JSON.stringify(parcel).length + 128;
    if (count > 0 && (bytes > maxParcelsBytes || count >= maxParcels)) break;
    count++;
  }
  return parcels.slice(0, count);
}

/** What becomes of a parcel by its verdict; undefined: it stays. */
function after(held: KeptParcel, verdict: ParcelVerdict, at: Instant): KeptParcel | undefined {
  // What of ours nobody can open stays until its author's session brings the words in.
  if (verdict === 'waiting' || (verdict === 'unreadable' && held.person !== null)) return undefined;
  return { ...held, state: 'gone', at, parcel: null, verdict };
}

/**
 * Brings everything that waits on this tablet to the server, whoever wrote it, without opening it. Safe to run anywhere and at the same time:
 * what is brought twice is a duplicate.
 */
export async function deliverParcels(parts: DeliverParts): Promise<Delivery> {
  const { store, api, clock } = parts;
  try {
    const waiting = (await store.parcels())
      .filter(
        ({ state, parcel, person }) =>
          parcel !== null &&
          (state === 'alone' || (state === 'ready' && (person === null || !parts.sendsForItself(person)))),
      )
      // As they were written, so that nothing goes in a request before what it builds on.
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    const gone: KeptParcel[] = [];
    let left = 0;
    let next: readonly KeptParcel[] = waiting;
    if (next.length === 0) return { type: 'done', gone, left };
    // Asked first: it tells whether ours is there, and how wrong this clock is now.
    const key = await api.key();
    if (!key.ok) return { type: 'no-answer' };
    await store.keepServerKey(key.value.body.key);
    const offsetMs = instantToMs(key.value.serverNow) - instantToMs(clock.now());
    while (next.length > 0) {
      const bundle = takeBundle(next);
      next = next.slice(bundle.length);
      const now = clock.now();
      const carried = bundle.flatMap(({ parcel, origin }): CarriedParcel[] =>
        parcel === null ? [] : [{ parcel, authorClockAt: authorClockAt(origin, now, offsetMs) }],
      );
      const answer = await api.bring(carried);
      // One bundle that is not taken must not be asked about for ever within this run; it stays.
      if (!answer.ok) return { type: 'no-answer' };
      const verdicts = new Map(
        bundle.map(({ id }, at) => [id, answer.value.body.verdicts[at] ?? ('waiting' as const)]),
      );
      await store.change([...verdicts.keys()], (held) => {
        const changed = after(held, verdicts.get(held.id) ?? 'waiting', now);
        if (changed === undefined) left++;
        else gone.push(changed);
        return changed;
      });
    }
    return { type: 'done', gone, left };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: 'storage-failing' };
  }
}
