import * as client from 'openid-client';
import type { Logger } from 'pino';
import { z } from 'zod';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { openIdReturnPath } from '#shared/session/openid.ts';
import type { OpenIdConfig } from './openid-config.ts';

const timeoutSeconds = 10;

/** What only this browser's flow knows, kept in its cookie until the issuer sends it back. */
export interface FlowSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What the issuer says of somebody. Nothing but `subject` is sure to be there. */
export interface Identity {
  readonly subject: string;
  readonly email: string | null;
  readonly isEmailVerified: boolean;
  readonly name: string | null;
  /** Google's word for the organisation an account belongs to; null: a private account, or another issuer. */
  readonly hostedDomain: string | null;
}

export type IssuerError =
  /** It did not answer, or not as an issuer does; password sign-in is not touched. */
  | { readonly type: 'unreachable' }
  /** What came back is not the answer to this flow: another state, nonce, verifier, a used code, a bad signature, or the person said no. */
  | { readonly type: 'not-valid' };

export interface Issuer {
  begin(hint: {
    /** The one domain that is let in, where there is one. */
    readonly domain: string | null;
    /** Others use this device too. */
    readonly isShared: boolean;
  }): Promise<Result<{ address: string; secrets: FlowSecrets }, IssuerError>>;
  finish(query: string, secrets: FlowSecrets): Promise<Result<Identity, IssuerError>>;
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional().catch(undefined),
  // Some issuers write it as text.
  email_verified: z
    .union([z.boolean(), z.literal('true').transform(() => true)])
    .optional()
    .catch(undefined),
  name: z.string().optional().catch(undefined),
  hd: z.string().optional().catch(undefined),
});

/** It can ask which account is meant, and does not say so. */
export const google = 'https://accounts.google.com';

/** For an issuer on this machine, as in tests, and nowhere else: config.ts refuses http for all others. */
function allowPlain(configuration: client.Configuration): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it stands out
  client.allowInsecureRequests(configuration);
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An answer of the issuer that says no to this flow; all else means that there was no proper answer. */
const isRefusal = (error: unknown): boolean =>
  error instanceof client.AuthorizationResponseError ||
  (error instanceof client.ResponseBodyError && error.status < 500) ||
  // The library's own checks: state, nonce, audience, times, signature. Its codes for transport are others.
  (error instanceof client.ClientError &&
    !/TIMEOUT|NETWORK|RESPONSE_IS_NOT_CONFORM|PARSE/.test(error.code ?? ''));

/** Asks the issuer for its addresses when somebody first signs in, and again after a failure: the server starts and runs without it. */
export function createIssuer(deps: {
  readonly config: OpenIdConfig;
  readonly publicOrigin: string;
  readonly logger: Logger;
}): Issuer {
  const { config, logger } = deps;
  const server = new URL(config.issuer);
  const redirect = new URL(openIdReturnPath, deps.publicOrigin).href;
  const isPlain = server.protocol === 'http:' && loopback.has(server.hostname);

  function prepared(configuration: client.Configuration): client.Configuration {
    configuration.timeout = timeoutSeconds;
    // What comes over TLS from the issuer itself need not be checked; that the issuer is who we think is worth it all the same.
    client.enableNonRepudiationChecks(configuration);
    if (isPlain) allowPlain(configuration);
    return configuration;
  }

  let metadata: client.ServerMetadata | null = null;
  /** A configuration of its own for each flow, so that the issuer's keys are read anew and a change of them is no failure. */
  async function configuration(): Promise<client.Configuration> {
    metadata ??= (
      await client.discovery(server, config.clientId, config.clientSecret, undefined, {
        timeout: timeoutSeconds,
        // The library looks for this very function before it asks.
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- as in allowPlain
        ...(isPlain ? { execute: [client.allowInsecureRequests] } : {}),
      })
    ).serverMetadata();
    return prepared(new client.Configuration(metadata, config.clientId, config.clientSecret));
  }

  function failure(error: unknown, step: string): { ok: false; error: IssuerError } {
    if (isRefusal(error)) {
      // Codes of the protocol; never the answer itself, which holds who it is about.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      logger.warn({ code, step }, 'the issuer’s answer was not taken');
      return err({ type: 'not-valid' });
    }
    // What it was may have moved.
    metadata = null;
    const reason = error instanceof Error ? error.name : 'unknown';
    logger.warn({ reason, step }, 'the issuer did not answer');
    return err({ type: 'unreachable' });
  }

  /**
   * The issuer may remember who was here before. It is told to ask which account is meant, where it knows how; a shared tablet else asks for the
   * password again, which every issuer must be able to.
   */
  function promptFor(known: client.Configuration, isShared: boolean): string | null {
    const supported = known.serverMetadata()['prompt_values_supported'];
    const asks = Array.isArray(supported) ? supported.includes('select_account') : config.issuer === google;
    return asks ? 'select_account' : isShared ? 'login' : null;
  }

  return {
    async begin({ domain, isShared }) {
      try {
        const known = await configuration();
        const secrets: FlowSecrets = {
          state: client.randomState(),
          nonce: client.randomNonce(),
          verifier: client.randomPKCECodeVerifier(),
        };
        const prompt = promptFor(known, isShared);
        const address = client.buildAuthorizationUrl(known, {
          redirect_uri: redirect,
          scope: 'openid email profile',
          state: secrets.state,
          nonce: secrets.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: 'S256',
          ...(prompt === null ? {} : { prompt }),
          ...(domain === null ? {} : { hd: domain }),
        });
        return ok({ address: address.href, secrets });
      } catch (error) {
        return failure(error, 'begin');
      }
    },

    async finish(query, { state, nonce, verifier }) {
      try {
        const known = await configuration();
        const back = new URL(redirect);
        back.search = query;
        const tokens = await client.authorizationCodeGrant(known, back, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const token = claimsSchema.parse(tokens.claims());
        // Some issuers keep the address out of the token.
        const asked =
          token.email === undefined && known.serverMetadata().userinfo_endpoint !== undefined
            ? claimsSchema.parse(await client.fetchUserInfo(known, tokens.access_token, token.sub))
            : token;
        return ok({
          subject: token.sub,
          email: asked.email ?? null,
          isEmailVerified: asked.email_verified === true,
          name: asked.name ?? token.name ?? null,
          hostedDomain: token.hd ?? asked.hd ?? null,
        });
      } catch (error) {
        return failure(error, 'finish');
      }
    },
  };
}
