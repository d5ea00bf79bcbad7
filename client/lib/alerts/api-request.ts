import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';

/** The session's person at our server; rejects or answers like fetch, with the slot already named. */
export type ApiRequest = (path: string, init?: RequestInit) => Promise<Response>;

/**
 * Requests of the session in `slot`. Rejects with TypeError, as fetch does without a network, when nobody is signed in or when something else
 * than our server answers (a captive portal's page is no answer).
 */
export function createApiRequest(fetchIt: typeof fetch, slot: () => number | null): ApiRequest {
  return async (path, init = {}) => {
    const present = slot();
    if (present === null) throw new TypeError('nobody is signed in');
    const headers = new Headers(init.headers);
    headers.set(slotHeader, String(present));
    headers.set(protocolHeader, String(protocolVersion));
    const response = await fetchIt(path, {
      ...init,
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'manual',
    });
    if (!response.headers.has(serverHeader)) throw new TypeError('not our server');
    return response;
  };
}
