import type { DatabaseName } from '../port.ts';
import { mergeAlertLeaves } from './alert.ts';
import { mergeDeviceLeaves } from './device.ts';
import { mergeKeepingLosers } from './directory.ts';
import { endingsOf, mergeEndedBeatsLive } from './ended.ts';
import { mergeEventLeaves } from './events.ts';
import { smallestBody, type Merge } from './merge.ts';
import { keepingPendingAudit } from './pending-audit.ts';
import { mergeSwapLeaves } from './swap.ts';

/** Credentials stand beside sessions, devices and links. Of an account that was disabled in any leaf, that much is applied. */
const mergeAccounts: Merge = (leaves) => {
  if (leaves[0].body['kind'] === 'rota-swap') return mergeSwapLeaves(leaves);
  if (leaves[0].body['kind'] === 'device') return mergeDeviceLeaves(leaves);
  if (leaves[0].body['kind'] !== 'account') return mergeEndedBeatsLive(leaves);
  return { ...mergeKeepingLosers(leaves), ...endingsOf(leaves) };
};

/**
 * What two leaves of one document become, by database: a cluster may accept two concurrent writes and keep both (design §3).
 * A claim is the smallest leaf, so that everybody who reads it back names the same holder; audit entries, what the gateway keeps about itself and
 * sealed files are written once under ids made from their content, so any copy will do and the smallest is one everybody finds.
 */
export const documentMerges: Readonly<Record<DatabaseName, Merge>> = {
  consults: mergeEventLeaves,
  patients: mergeEventLeaves,
  directory: keepingPendingAudit(mergeKeepingLosers),
  alerts: mergeAlertLeaves,
  claims: smallestBody,
  accounts: keepingPendingAudit(mergeAccounts),
  audit: smallestBody,
  quarantine: keepingPendingAudit(mergeEndedBeatsLive),
  attachments: smallestBody,
  meta: smallestBody,
};
