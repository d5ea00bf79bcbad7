import type { Leaves, Merge } from './merge.ts';

/** Once set, such a field ends the thing for good; the earliest instant stays. */
export const endingFields = [
  'revokedAt',
  'usedAt',
  'signedOutAt',
  'disabledAt',
  'releasedAt',
  'dismissedAt',
] as const;

const endings = (body: Record<string, unknown>): string[] =>
  endingFields.flatMap((field) => {
    const at = body[field];
    return typeof at === 'string' ? [at] : [];
  });

function earliestEnding(body: Record<string, unknown>): string {
  return endings(body).sort()[0] ?? '~';
}

/** The leaf that ended first, else the store's winner: the fields beside an ending (by whom, why) belong to it. */
function leading(leaves: Leaves) {
  return leaves.reduce((a, b) => (earliestEnding(b.body) < earliestEnding(a.body) ? b : a));
}

/** The earliest instant of each ending that stands in any leaf. */
export function endingsOf(leaves: Leaves): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of endingFields) {
    const instants = leaves.flatMap(({ body }) => (typeof body[field] === 'string' ? [body[field]] : []));
    const [earliest] = instants.sort();
    if (earliest !== undefined) found[field] = earliest;
  }
  return found;
}

/**
 * Sessions, devices, links, quarantined events: revoked, used or decided beats live, in whichever leaf it stands.
 * The rest is taken from the leaf that ended first; among live leaves the store's winner stays.
 */
export const mergeEndedBeatsLive: Merge = (leaves) => ({ ...leading(leaves).body, ...endingsOf(leaves) });
