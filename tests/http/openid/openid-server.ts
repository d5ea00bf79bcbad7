import { openIdModule } from '#server/auth/openid/openid-module.ts';
import type { OpenModule } from '#server/ops/server-module.ts';
import { openIdReturnPath } from '#shared/session/openid.ts';
import { slotHeader } from '#shared/sync/protocol.ts';
import { startSmallHospital } from '#tests/http/people.ts';
import {
  startTestProvider,
  type ProviderPerson,
  type TestProvider,
} from '#tests/oidc-provider/oidc-provider.ts';
import { testDevice, testOrigin, type TestServer } from '#tests/server.ts';
import type { DeviceDescription } from '#shared/session/protocol.ts';

/** A browser: keeps cookies, and names where its requests come from. */
export interface TestBrowser {
  readonly cookies: Map<string, string>;
  post(path: string, body?: unknown, slot?: number): Promise<Response>;
  get(path: string, slot?: number): Promise<Response>;
  /** Begins, goes to the issuer, and comes back: what stands behind the `?` of our page. */
  awayAndBack(options?: { slot?: number; device?: DeviceDescription }): Promise<string>;
  /** All of it. */
  signIn(person: ProviderPerson, slot?: number): Promise<Response>;
}

export interface OpenIdServer {
  readonly server: TestServer;
  readonly provider: TestProvider;
  browser(): TestBrowser;
  close(): Promise<void>;
}

export async function startOpenIdServer(
  modules: readonly OpenModule[] = [openIdModule()],
): Promise<OpenIdServer> {
  const provider = await startTestProvider(`${testOrigin}${openIdReturnPath}`);
  const { issuer, clientId, clientSecret } = provider;
  const server = await startSmallHospital({
    modules,
    openId: { issuer, clientId, clientSecret, allowedDomains: ['hospital.test'], name: 'Hospital account' },
  });

  function browser(): TestBrowser {
    const cookies = new Map<string, string>();
    async function request(path: string, init: RequestInit, slot: number): Promise<Response> {
      const headers = new Headers(init.headers);
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
      headers.set(slotHeader, String(slot));
      headers.set('origin', testOrigin);
      const response = await server.app.request(path, { ...init, headers });
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        const cut = pair.indexOf('=');
        if (/max-age=0/i.test(cookie)) cookies.delete(pair.slice(0, cut));
        else cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
      }
      return response;
    }
    const post: TestBrowser['post'] = (path, body, slot = 0) =>
      request(
        path,
        {
          method: 'POST',
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        },
        slot,
      );
    const awayAndBack: TestBrowser['awayAndBack'] = async ({ slot = 0, device = testDevice() } = {}) => {
      const begun = await post('/api/session/openid', { device }, slot);
      if (begun.status !== 200) throw new Error(`not begun: ${begun.status}`);
      const { address } = (await begun.json()) as { address: string };
      return provider.visit(address);
    };
    return {
      cookies,
      post,
      get: (path, slot = 0) => request(path, {}, slot),
      awayAndBack,
      async signIn(person, slot = 0) {
        provider.signsInAs(person);
        return post('/api/session/openid/finish', { query: await awayAndBack({ slot }) }, slot);
      },
    };
  }
  return {
    server,
    provider,
    browser,
    async close() {
      await server.close();
      await provider.stop();
    },
  };
}
