import { startReadSender } from '$lib/audit/send-reads.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import type { Alert } from '#shared/alert/alert.ts';
import { closeNotifications, tagsToClose } from './close-notifications.ts';
import { receiptsOf, receiptsSetting } from './receipt-queue.ts';
import { showBadge } from './app-badge.ts';
import { createApiRequest } from './api-request.ts';
import { startLanguageSender } from './send-language.ts';
import { startReceiptSender } from './send-receipts.ts';
import { startReachability, type DeviceReachability } from './start-reachability.ts';
import { startWorkerLink } from './worker-link.ts';

/** What of the tablet the device needs: who it is, what waits to be sent, what was looked at. */
export type DeviceTablet = Pick<
  Tablet,
  'person' | 'outbox' | 'alerts' | 'connection' | 'setting' | 'saveSetting'
>;

export interface Device {
  readonly reachability: DeviceReachability;
  /** For signing out and another person; what is registered with the browser stays. */
  close(): void;
}

function onWaking(run: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  window.addEventListener('online', run);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', run);
    document.removeEventListener('visibilitychange', visible);
  };
}

/** Closes notifications that have nothing more to say, whenever the alerts or what was looked at change; the answer ends it. */
function startClosing(tablet: DeviceTablet, isShared: () => boolean): () => void {
  if (!('serviceWorker' in navigator)) return () => undefined;
  let alerts: readonly Alert[] = [];
  let looked = receiptsOf(null);
  const shown = async (): Promise<readonly Notification[]> => {
    const registration = await navigator.serviceWorker.ready;
    return 'getNotifications' in registration ? registration.getNotifications() : [];
  };
  const close = (): void => {
    const tags = tagsToClose(alerts, { person: tablet.person, isShared: isShared(), looked });
    void closeNotifications(shown, tags);
  };
  const stops = [
    tablet.alerts.subscribe((now) => {
      alerts = now;
      close();
    }),
    tablet.setting<unknown>(receiptsSetting).subscribe((now) => {
      looked = receiptsOf(now);
      close();
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Ties one signed-in person's app to this device: alerts by push, the service worker, the icon's badge. */
export function startDevice(parts: {
  readonly tablet: DeviceTablet;
  readonly open: (path: string) => void;
}): Device {
  const { person, outbox } = parts.tablet;
  const people = createPeopleHere(localStorage);
  const slot = (): number | null => people.find(person)?.slot ?? null;
  const request = createApiRequest((...asked) => fetch(...asked), slot);
  const sending = {
    tablet: parts.tablet,
    request,
    onWaking,
    later(delayMs: number, run: () => void) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const stopReceipts = startReceiptSender(sending);
  const stopReads = startReadSender(sending);
  const stopLanguage = startLanguageSender(sending);
  const stopClosing = startClosing(
    parts.tablet,
    () => people.list().filter((one) => one.slot !== null).length > 1,
  );
  const reachability = startReachability({
    person,
    request,
    onWaking,
    store: localStorage,
    nowMs: () => Date.now(),
  });
  const stopLink =
    'serviceWorker' in navigator
      ? startWorkerLink({
          person,
          outbox,
          open: parts.open,
          container: navigator.serviceWorker,
          page: document,
          window,
          locks: 'locks' in navigator ? navigator.locks : undefined,
        })
      : () => undefined;
  return {
    reachability,
    close() {
      stopLink();
      stopReceipts();
      stopReads();
      stopLanguage();
      stopClosing();
      reachability.close();
      void showBadge(0);
    },
  };
}
