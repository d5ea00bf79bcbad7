import { lockTimesOf, type LockTimes } from '#shared/directory/organisation.ts';
import type { DeviceDescription } from '#shared/session/protocol.ts';
import type { SmallStore } from '$lib/session/people-here.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import { startIdleLock } from './idle-lock.ts';

const touchedKey = 'hc-touched';
const tickMs = 5_000;
const touches = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const;

function onTouch(run: () => void): () => void {
  for (const kind of touches) window.addEventListener(kind, run, { capture: true, passive: true });
  return () => {
    for (const kind of touches) window.removeEventListener(kind, run, { capture: true });
  };
}

function onTick(run: () => void): () => void {
  const timer = setInterval(run, tickMs);
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  document.addEventListener('visibilitychange', onVisible);
  window.addEventListener('pageshow', run);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
    window.removeEventListener('pageshow', run);
  };
}

/** The browser's touches and timers, for one person's open records; the answer ends it. */
export function watchIdle(
  tablet: Pick<Tablet, 'directory'>,
  device: () => DeviceDescription,
  store: SmallStore,
  lock: () => void,
): () => void {
  let times: LockTimes = lockTimesOf(null);
  const stopDirectory = tablet.directory.subscribe(({ organisation }) => (times = lockTimesOf(organisation)));
  const stop = startIdleLock({
    isWard: () => device().kind === 'ward',
    times: () => times,
    nowMs: () => Date.now(),
    onTick,
    onTouch,
    mark: {
      read() {
        const text = store.getItem(touchedKey);
        const atMs = text === null ? NaN : Number(text);
        return Number.isFinite(atMs) ? atMs : null;
      },
      write: (atMs) => store.setItem(touchedKey, String(atMs)),
    },
    lock,
  });
  return () => {
    stop();
    stopDirectory();
  };
}
