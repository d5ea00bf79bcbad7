import { notLoadedDirectory } from '#shared/directory/build-directory.ts';
import { dismissedSetting, type Dismissals } from '$lib/alarm/dismissals.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { OutboxItem, Tablet } from '$lib/tablet/tablet.ts';
import { countsOf, type CountsHere } from './kept-counts.ts';

export type CountedTablet = Pick<
  Tablet,
  'person' | 'now' | 'directory' | 'openConsults' | 'outbox' | 'setting' | 'connection'
>;

export interface CountKeeper {
  /** Keeps what is true now, such as right before locking. */
  keepNow(): void;
  stop(): void;
}

/** Keeps what a locked tablet may show of this person for as long as their records are open; `later` gathers what changes at once. */
export function keepCounts(
  tablet: CountedTablet,
  here: CountsHere,
  later: (run: () => void) => () => void,
): CountKeeper {
  let directory = notLoadedDirectory;
  let openConsults: readonly Consult[] = [];
  let outbox: readonly OutboxItem[] = [];
  let dismissals: Dismissals = {};
  let cancel: (() => void) | null = null;

  function keepNow(): void {
    cancel?.();
    cancel = null;
    const settled = new Set(Object.keys(dismissals));
    const counted = countsOf({
      person: tablet.person,
      directory,
      openConsults,
      outbox,
      settled,
      now: tablet.now(),
    });
    if (directory.people.get(tablet.person) !== undefined) {
      here.keep(tablet.person, counted);
      return;
    }
    // Without the directory (records begun anew, no network yet) nobody knows which list is this person's; what waits is known all the same.
    const before = here.of(tablet.person);
    if (before === null && counted.waiting.length === 0) return;
    here.keep(tablet.person, {
      ...(before ?? counted),
      waiting: counted.waiting,
      alarms: counted.alarms,
    });
  }
  const soon = (): void => void (cancel ??= later(keepNow));

  const stops = [
    tablet.directory.subscribe((now) => {
      directory = now;
      soon();
    }),
    tablet.openConsults.subscribe((now) => {
      openConsults = now;
      soon();
    }),
    tablet.outbox.subscribe((now) => {
      const isMore = now.length > outbox.length;
      outbox = now;
      // An app killed right after a request was written still knows on its lock screen that something waits.
      if (isMore) keepNow();
      else soon();
    }),
    tablet.setting<Dismissals>(dismissedSetting).subscribe((now) => {
      dismissals = now ?? {};
      soon();
    }),
  ];
  return {
    keepNow,
    stop() {
      for (const stop of stops) stop();
      cancel?.();
      cancel = null;
    },
  };
}
