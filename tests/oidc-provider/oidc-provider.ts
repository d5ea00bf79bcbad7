import { createServer, type Server } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Provider, { type AccountClaims, type Configuration } from 'oidc-provider';

/** What the provider knows of somebody. */
export interface ProviderPerson {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly hd?: string;
}

/** A real OpenID provider on this machine, in which everybody signs in as whoever the test says. */
export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who sits at the browser from now on. */
  signsInAs(person: ProviderPerson): void;
  /** New signing keys under the same issuer, as after a rotation; everything else is forgotten. */
  rotateKeys(): void;
  /** Follows the browser from the issuer's address to our page. Returns what stands behind its `?`. */
  visit(address: string): Promise<string>;
  stop(): Promise<void>;
}

const signingKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  use: 'sig',
  alg: 'RS256',
});

export async function startTestProvider(redirectUri: string): Promise<TestProvider> {
  const clientId = 'hospital-consult';
  const clientSecret = 'a-secret-of-the-tests-alone-0123456789';
  let present: ProviderPerson = { sub: 'nobody' };
  const known = new Map<string, ProviderPerson>();
  let handle: ReturnType<Provider['callback']> | null = null;

  const server: Server = createServer((request, response) => {
    void handle?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const claimsOf = ({ sub, ...claims }: ProviderPerson): AccountClaims => ({ sub, ...claims });
  function begin(): void {
    const configuration: Configuration = {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [redirectUri],
          response_types: ['code'],
          grant_types: ['authorization_code'],
          // The provider asks for https everywhere but on this machine.
          application_type: new URL(redirectUri).protocol === 'http:' ? 'native' : 'web',
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      jwks: { keys: [signingKey()] },
      cookies: { keys: [randomUUID()] },
      claims: { openid: ['sub', 'hd'], email: ['email', 'email_verified'], profile: ['name'] },
      pkce: { required: () => true },
      ttl: {
        AccessToken: 60,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
      findAccount: (_context, sub) => {
        const person = known.get(sub);
        return person === undefined ? undefined : { accountId: sub, claims: () => claimsOf(person) };
      },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
      async loadExistingGrant(context) {
        const { client, provider, session } = context.oidc;
        const grant = new provider.Grant({
          ...(client === undefined ? {} : { clientId: client.clientId }),
          ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    };
    const provider = new Provider(issuer, configuration);
    // Instead of a page that asks for a password: whoever the test says.
    provider.use(async (context, next) => {
      if (!context.path.startsWith('/interaction/')) {
        await next();
        return;
      }
      known.set(present.sub, present);
      context.respond = false;
      await provider.interactionFinished(context.req, context.res, {
        login: { accountId: present.sub },
        // Asked of clients on this machine, as in the browser tests.
        consent: {},
      });
    });
    handle = provider.callback();
  }
  begin();

  return {
    issuer,
    clientId,
    clientSecret,
    signsInAs: (person) => void (present = person),
    rotateKeys: begin,
    async visit(address) {
      const cookies = new Map<string, string>();
      for (let at = address, hops = 0; hops < 10; hops++) {
        if (at.startsWith(redirectUri)) return new URL(at).search.slice(1);
        const response = await fetch(at, {
          redirect: 'manual',
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        });
        for (const cookie of response.headers.getSetCookie()) {
          const [pair = ''] = cookie.split(';');
          const cut = pair.indexOf('=');
          cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
        }
        const location = response.headers.get('location');
        if (location === null)
          throw new Error(`the provider stopped at ${response.status}: ${await response.text()}`);
        at = new URL(location, at).href;
      }
      throw new Error('the provider goes in circles');
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
