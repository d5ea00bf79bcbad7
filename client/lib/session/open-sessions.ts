import type { Sessions } from '$lib/session-ui/sessions.ts';
import { forgetScreen } from '$lib/first-screen/kept-screen.ts';
import { newUuid } from '$lib/tablet/new-uuid.ts';
import { createSessions } from './create-sessions.ts';
import { createOpenIdApi } from './openid-api.ts';
import { createPeopleHere, thisDevice } from './people-here.ts';
import { createSessionApi } from './session-api.ts';

/** The sessions of this browser. Rejects when the last person's records cannot be opened (storage off, corrupt, or newer). */
export function openSessions(options: { readonly appVersion?: string } = {}): Promise<Sessions> {
  return createSessions({
    api: createSessionApi((...request) => fetch(...request)),
    openId: createOpenIdApi((...request) => fetch(...request)),
    people: createPeopleHere(localStorage),
    forgetScreen: () => forgetScreen(localStorage),
    device: thisDevice(localStorage, newUuid),
    // The database engine is not needed to draw the sign-in screen.
    openTablet: async (who) =>
      (await import('$lib/rescue/open-tablet-safely.ts')).openTabletSafely({ ...who, ...options }),
  });
}
