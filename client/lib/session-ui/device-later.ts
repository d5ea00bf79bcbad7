import type { Reachability } from '$lib/alerts/push-subscription.ts';
import type { Device, DeviceTablet } from '$lib/alerts/start-device.ts';
import type { DeviceReachability } from '$lib/alerts/start-reachability.ts';
import { createLive } from '$lib/tablet/live.ts';

export interface DeviceLater extends Device {
  readonly reachability: DeviceReachability;
  start(): void;
}

/** Alerts by push, the service worker and the icon's badge, fetched behind the first screen. */
export function deviceLater(parts: {
  readonly tablet: DeviceTablet;
  readonly open: (path: string) => void;
}): DeviceLater {
  const state = createLive<Reachability | null>(null);
  let starting: Promise<Device | null> = Promise.resolve(null);
  let isClosed = false;

  async function begin(): Promise<Device | null> {
    const { startDevice } = await import('$lib/alerts/start-device.ts');
    if (isClosed) return null;
    const device = startDevice(parts);
    device.reachability.state.subscribe((now) => state.set(now));
    return device;
  }

  function close(): void {
    isClosed = true;
    void starting.then((device) => device?.close());
  }

  return {
    reachability: {
      state,
      async turnOn() {
        await (await starting)?.reachability.turnOn();
      },
      close,
    },
    start() {
      // Without its part of the app (never fetched, no network) a device is one that cannot be woken; the app works on.
      starting = begin().catch(() => {
        state.set({ state: 'failed' });
        return null;
      });
    },
    close,
  };
}
