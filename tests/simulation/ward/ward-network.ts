import { createNetwork, type Network, type NetworkParts } from '../network.ts';
import type { Gateway } from '../gateway.ts';

/** Cookies of one browser, by name; gone with everything else it holds. */
export type CookieJar = Map<string, string>;

/** Longer than any of the app's own limits, in virtual time; those are real timers, which never fire here. */
const patienceMs = 50_000;

/** A tablet's way to the server as a browser goes it: with its cookies, from the app's own origin. */
export function createWardNetwork(
  parts: Omit<NetworkParts, 'gateway' | 'session'> & {
    readonly server: Gateway;
    readonly origin: string;
    readonly jar: () => CookieJar;
  },
): Network {
  const { server, origin, jar, time } = parts;
  const withCookies: Gateway = {
    ...server,
    async request(path, init) {
      const headers = new Headers(init.headers);
      const cookies = jar();
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
      if ((init.method ?? 'GET') !== 'GET') headers.set('origin', origin);
      const response = await server.request(path, { ...init, headers });
      for (const text of response.headers.getSetCookie()) {
        const [pair = ''] = text.split(';');
        const at = pair.indexOf('=');
        const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
  };
  const network = createNetwork({ ...parts, gateway: () => withCookies, session: () => '' });
  const patient: typeof fetch = (input, init) => {
    if (typeof input !== 'string') throw new Error('the tablet asks by path');
    const path = input.startsWith(origin) ? input.slice(origin.length) : input;
    const answer = network.fetch(path, init);
    if (path.endsWith('/stream')) return answer;
    return new Promise((resolve, reject) => {
      const stop = time.after(patienceMs, () => reject(new TypeError('no answer')));
      answer.then(resolve, reject).finally(stop);
    });
  };
  return { ...network, fetch: patient };
}
