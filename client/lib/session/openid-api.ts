import type { z } from 'zod';
import { problemSchema, type Problem } from '#shared/lib/problem.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import {
  openIdBegunSchema,
  openIdFinishedSchema,
  openIdRefusalSchema,
  sessionMethodsSchema,
  type OpenIdFinished,
  type OpenIdRefusal,
  type SessionMethods,
} from '#shared/session/openid.ts';
import type { DeviceDescription } from '#shared/session/protocol.ts';
import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';

export type OpenIdFailure =
  | { readonly type: 'no-answer' }
  | { readonly type: 'not-our-server' }
  /** The issuer does not answer; passwords still work. */
  | { readonly type: 'issuer-away' }
  | { readonly type: 'slowed-down'; readonly retryAfterSeconds: number | null }
  /** Begun in another browser or too long ago, answered already, or broken off at the issuer. */
  | { readonly type: 'not-valid' }
  | { readonly type: 'refused'; readonly why: OpenIdRefusal | null }
  | { readonly type: 'other' };

/** Sign-in at the hospital's own issuer. */
export interface OpenIdApi {
  methods(): Promise<Result<SessionMethods, OpenIdFailure>>;
  /** The issuer's address, where the browser goes now. */
  begin(slot: number, device: DeviceDescription): Promise<Result<string, OpenIdFailure>>;
  /** `query`: what stands behind the `?` of the page the issuer sent the browser to. */
  finish(query: string): Promise<Result<OpenIdFinished, OpenIdFailure>>;
  askForAccess(): Promise<Result<undefined, OpenIdFailure>>;
}

/** The issuer is asked on the way. */
const timeoutMs = 40_000;

function failureOf(status: number, problem: Problem | null): OpenIdFailure {
  if (status === 503) return { type: 'issuer-away' };
  switch (problem?.code) {
    case 'rate-limited':
      return { type: 'slowed-down', retryAfterSeconds: problem.retryAfterSeconds ?? null };
    case 'link-not-valid':
      return { type: 'not-valid' };
    case 'forbidden': {
      const why = openIdRefusalSchema.safeParse(problem.refusals?.[0]?.code);
      return { type: 'refused', why: why.success ? why.data : null };
    }
    default:
      return { type: 'other' };
  }
}

export function createOpenIdApi(fetchIt: typeof fetch): OpenIdApi {
  async function send(
    path: string,
    options: { readonly slot?: number; readonly body?: unknown; readonly method?: string } = {},
  ): Promise<Result<unknown, OpenIdFailure>> {
    const headers = new Headers({ accept: 'application/json', [protocolHeader]: String(protocolVersion) });
    if (options.slot !== undefined) headers.set(slotHeader, String(options.slot));
    if (options.body !== undefined) headers.set('content-type', 'application/json');
    let response: Response;
    try {
      response = await fetchIt(`/api/session/${path}`, {
        method: options.method ?? 'POST',
        headers,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      // fetch rejects alike for no network, a cut connection and our own time limit.
      return err({ type: 'no-answer' });
    }
    if (!response.headers.has(serverHeader)) return err({ type: 'not-our-server' });
    const json: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
    if (response.ok) return json === undefined ? err({ type: 'no-answer' }) : ok(json);
    const problem = problemSchema.safeParse(json);
    return err(failureOf(response.status, problem.success ? problem.data : null));
  }
  async function ask<S extends z.ZodType>(
    schema: S,
    ...request: Parameters<typeof send>
  ): Promise<Result<z.infer<S>, OpenIdFailure>> {
    const answer = await send(...request);
    if (!answer.ok) return answer;
    const parsed = schema.safeParse(answer.value);
    return parsed.success ? ok(parsed.data) : err({ type: 'not-our-server' });
  }
  return {
    methods: () => ask(sessionMethodsSchema, 'methods', { method: 'GET' }),
    async begin(slot, device) {
      const begun = await ask(openIdBegunSchema, 'openid', { slot, body: { device } });
      return begun.ok ? ok(begun.value.address) : begun;
    },
    finish: (query) => ask(openIdFinishedSchema, 'openid/finish', { body: { query } }),
    async askForAccess() {
      const asked = await send('openid/ask');
      return asked.ok ? ok(undefined) : asked;
    },
  };
}
