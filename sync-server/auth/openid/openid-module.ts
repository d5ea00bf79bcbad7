import { Hono } from 'hono';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { createRateLimiter, defaultRateLimits } from '#server/http/rate-limit.ts';
import type { OpenModule } from '#server/ops/server-module.ts';
import { sessionMethodsSchema } from '#shared/session/openid.ts';
import { accessRequestFeature } from './access-request-routes.ts';
import { createAccessRequests } from './access-requests.ts';
import { createIssuer } from './issuer.ts';
import type { OpenIdConfig } from './openid-config.ts';
import { createOpenIdLinks } from './openid-links.ts';
import { openIdFeature } from './openid-routes.ts';

/** Asking is done once in a lifetime: more from one address is a hospital's first morning, or somebody playing. */
const askLimit = { burst: 60, perSecond: 0.05 } as const;

function methodsFeature(config: OpenIdConfig | null): Feature {
  const routes = new Hono<AppEnv>();
  routes.get(
    '/',
    describe({
      summary: 'How one can sign in besides by e-mail and password',
      tag: 'session',
      session: false,
      answer: sessionMethodsSchema,
    }),
    (c) => c.json({ openId: config === null ? null : { name: config.name } }),
  );
  return { path: '/api/session/methods', access: 'public', routes };
}

/** Sign-in at the hospital's issuer, where one is configured. The issuer is asked when somebody signs in, and never at the start. */
export const openIdModule = (): OpenModule => (parts) => {
  const {
    accounts,
    audit,
    clock,
    directory,
    epoch,
    keys,
    leases,
    logger,
    openId,
    publicOrigin,
    sessions,
    store,
  } = parts;
  const database = store.database('accounts');
  const requests = createAccessRequests(database);
  return {
    features: [
      methodsFeature(openId),
      openIdFeature({
        config: openId,
        issuer: openId === null ? null : createIssuer({ config: openId, publicOrigin, logger }),
        links: createOpenIdLinks(database),
        requests,
        accounts,
        sessions,
        directory,
        audit,
        epoch,
        clock,
        leases,
        key: keys.session,
        isSecure: publicOrigin.startsWith('https:'),
        limiter: createRateLimiter(defaultRateLimits.signIn),
        askLimiter: createRateLimiter(askLimit),
      }),
      accessRequestFeature({ requests, accounts, directory, audit }),
    ],
  };
};
