import type { Tablet } from '$lib/tablet/tablet.ts';
import { filesOf } from './open-files.ts';
import { waitingKey } from './opened-files.ts';

/** Whether photos or documents of this person wait on this tablet to be sent. To be made while a component is. */
export function filesWaiting(tablet: Tablet): { readonly current: boolean } {
  let waits = $state(localStorage.getItem(waitingKey(tablet.person)) !== null);
  $effect(() => {
    if (!waits) return;
    let isGone = false;
    let stop: () => void = () => undefined;
    filesOf(tablet).then(
      (files) => {
        if (!isGone) stop = files.waits.subscribe((now) => (waits = now));
      },
      // What was noted before still stands.
      () => undefined,
    );
    return () => {
      isGone = true;
      stop();
    };
  });
  return {
    get current() {
      return waits;
    },
  };
}
