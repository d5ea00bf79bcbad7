import type { LockTimes } from '#shared/directory/organisation.ts';

/** A string that all windows of this browser see, such as in `localStorage`. */
export interface SharedMark {
  read(): number | null;
  write(atMs: number): void;
}

export interface IdleLockParts {
  readonly isWard: () => boolean;
  /** As the organisation has them now. */
  readonly times: () => LockTimes;
  /** The device's own clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Runs over and over while the page is awake, and at once when it comes back into sight; the answer ends it. */
  readonly onTick: (run: () => void) => () => void;
  /** Runs at every touch, key or wheel; the answer ends it. */
  readonly onTouch: (run: () => void) => () => void;
  /** A touch in another window of this person counts. */
  readonly mark: SharedMark;
  readonly lock: () => void;
}

/** A touch is told to the other windows no more often than this. */
const tellEveryMs = 1_000;
const minuteMs = 60_000;

/**
 * Locks when nobody has touched this tablet for the hospital's time. Slept-through time counts; a clock that was set back counts as a touch, because
 * nothing else is known.
 */
export function startIdleLock(parts: IdleLockParts): () => void {
  const { mark, nowMs } = parts;
  let touchedAtMs = nowMs();
  let isOver = false;
  mark.write(touchedAtMs);

  const stopTouch = parts.onTouch(() => {
    // The touch that wakes a tablet comes before the tick: it must not open what is over.
    look();
    const now = nowMs();
    if (isOver || Math.abs(now - touchedAtMs) < tellEveryMs) return;
    touchedAtMs = now;
    mark.write(now);
  });
  const stopTick = parts.onTick(look);

  function look(): void {
    if (isOver) return;
    const now = nowMs();
    const latestMs = Math.max(touchedAtMs, mark.read() ?? touchedAtMs);
    if (latestMs > now) {
      touchedAtMs = now;
      mark.write(now);
      return;
    }
    const { wardMinutes, personalMinutes } = parts.times();
    const limitMs = (parts.isWard() ? wardMinutes : personalMinutes) * minuteMs;
    if (now - latestMs < limitMs) return;
    isOver = true;
    parts.lock();
  }

  return () => {
    isOver = true;
    stopTouch();
    stopTick();
  };
}
