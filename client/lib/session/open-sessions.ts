import { msToInstant } from '#shared/lib/instant.ts';
import { isWithdrawn, watchStanding } from '$lib/devices/ask-standing.ts';
import { noticeProblem } from '$lib/devices/notice-revocation.ts';
import { browserKeyHandOver, browserKeyrings } from '$lib/keys/browser-keys.ts';
import { keepCounts } from '$lib/lock/keep-counts.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import { callOfAddress } from '$lib/lock/wanted.ts';
import { watchIdle } from '$lib/lock/watch-idle.ts';
import { browserPagePost } from '$lib/parcels/browser-parcels.ts';
import type { Sessions } from '$lib/session-ui/sessions.ts';
import { newUuid } from '$lib/tablet/new-uuid.ts';
import { createSessions } from './create-sessions.ts';
import { createOpenIdApi } from './openid-api.ts';
import { createPeopleHere, thisDevice } from './people-here.ts';
import { createSessionApi } from './session-api.ts';

const quarterHourMs = 15 * 60_000;
/** What changes together is counted once. */
const countAfterMs = 1_000;

function later(run: () => void): () => void {
  const timer = setTimeout(run, countAfterMs);
  return () => clearTimeout(timer);
}

/** The sessions of this browser. Never rejects for somebody's records: what does not open is a state. */
export async function openSessions(options: { readonly appVersion?: string } = {}): Promise<Sessions> {
  const device = thisDevice(localStorage, newUuid);
  const counts = createCountsHere(localStorage);
  browserPagePost();
  const sessions = await createSessions({
    api: createSessionApi((...request) => fetch(...request)),
    openId: createOpenIdApi((...request) => fetch(...request)),
    people: createPeopleHere(localStorage),
    device,
    keyrings: browserKeyrings(),
    handOver: browserKeyHandOver(),
    counts,
    clock: { now: () => msToInstant(Date.now()) },
    call: callOfAddress(location),
    keepCounts: (tablet) => keepCounts(tablet, counts, later),
    watchIdle: (tablet, lock) => watchIdle(tablet, () => device.current(), localStorage, lock),
    onRevoked: () => noticeProblem('device-revoked'),
    onQuarterHour: (run) => void setInterval(run, quarterHourMs),
    // The database engine is not needed to draw the lock screen.
    openTablet: async (who) =>
      (await import('$lib/rescue/open-tablet-safely.ts')).openTabletSafely({ ...who, ...options }),
  });
  let isShut = true;
  sessions.state.subscribe(({ phase }) => (isShut = phase !== 'signed-in'));
  watchStanding({
    isShut: () => isShut,
    ask: () => isWithdrawn((...request) => fetch(...request), device.current().id),
    onWithdrawn: () => noticeProblem('device-revoked'),
    onOccasion(run) {
      setInterval(run, quarterHourMs);
      window.addEventListener('online', run);
      document.addEventListener('visibilitychange', run);
    },
  });
  return sessions;
}
