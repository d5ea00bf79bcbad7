import { m } from '$lib/paraglide/messages.js';
import type { Reachability } from './push-subscription.ts';

/** iPhone and iPad know push only in apps on the Home Screen; only their Safari has `standalone`. */
export const needsInstalling = (browser: Navigator = navigator): boolean =>
  'standalone' in browser && browser.standalone === false;

/** Whether this device can be woken, and how to mend it. */
export function reachabilityWords(
  state: Reachability['state'],
  mustInstall: boolean,
): { readonly verdict: string; readonly mend: string } {
  switch (state) {
    case 'reachable':
      return { verdict: m.alerts_device_reachable(), mend: m.alerts_device_reachable_about() };
    case 'not-asked':
      return { verdict: m.alerts_device_silent(), mend: m.alerts_device_not_asked() };
    case 'denied':
      return { verdict: m.alerts_device_silent(), mend: m.alerts_device_denied() };
    case 'failed':
      return { verdict: m.alerts_device_silent(), mend: m.alerts_device_failed() };
    case 'unsupported':
      return {
        verdict: m.alerts_device_silent(),
        mend: mustInstall ? m.alerts_device_install() : m.alerts_device_unsupported(),
      };
  }
}
