import { instantToMs, type Instant } from '#shared/lib/instant.ts';

/** Beyond this the device's clock is taken to have been set between writing and sending. */
export const clockJumpMs = 60_000;
/** An answer slower than this says too little about the server's clock. */
const slowestUsefulRoundTripMs = 10_000;

export interface ClockOffset {
  /** Server clock minus device clock; null: never measured. */
  current(): number | null;
  /** Measured since this program started; a value of an earlier session may be out of date. */
  isFresh(): boolean;
  /** The server's clock, and the device's clock when the answer came. */
  measure(serverNow: Instant, deviceNow: Instant, roundTripMs: number): void;
}

export function createClockOffset(remembered: number | null): ClockOffset {
  let offsetMs = remembered;
  let fresh = false;
  return {
    current: () => offsetMs,
    isFresh: () => fresh,
    measure(serverNow, deviceNow, roundTripMs) {
      if (fresh && roundTripMs > slowestUsefulRoundTripMs) return;
      offsetMs = Math.round(instantToMs(serverNow) + roundTripMs / 2 - instantToMs(deviceNow));
      fresh = true;
    },
  };
}

/** Whether the clock was set between writing and sending; then the age of the event cannot be trusted. */
export function clockJumped(atWritingMs: number | null, atSendingMs: number | null): boolean {
  if (atWritingMs === null || atSendingMs === null) return false;
  return Math.abs(atWritingMs - atSendingMs) > clockJumpMs;
}
