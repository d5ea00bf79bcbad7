import type { z } from 'zod';
import { problemSchema } from '#shared/lib/problem.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { redeemLinkRequestSchema } from '#shared/session/protocol.ts';
import { protocolHeader, protocolVersion, serverHeader } from '#shared/sync/protocol.ts';

export type RedeemLinkRequest = z.infer<typeof redeemLinkRequestSchema>;

export type RedeemFailure =
  /** Also when the answer was lost: then the link may be used up. */
  | { readonly type: 'no-answer' }
  /** Something answered that is not our server, such as a Wi-Fi sign-in page. */
  | { readonly type: 'not-our-server' }
  | { readonly type: 'link-not-valid' }
  | { readonly type: 'weak-password' }
  | { readonly type: 'email-taken' }
  | { readonly type: 'time-zone-unknown' }
  /** Too many tries; `retryAfterSeconds` null when the server did not say. */
  | { readonly type: 'slowed-down'; readonly retryAfterSeconds: number | null }
  | { readonly type: 'update-needed' }
  | { readonly type: 'other' };

const timeoutMs = 20_000;

function failureOf(status: number, json: unknown): RedeemFailure {
  const problem = problemSchema.safeParse(json);
  if (!problem.success) return status >= 500 ? { type: 'no-answer' } : { type: 'other' };
  const { code, fields = [], retryAfterSeconds = null } = problem.data;
  switch (code) {
    case 'link-not-valid':
    case 'weak-password':
    case 'update-needed':
      return { type: code };
    case 'conflict':
      return { type: 'email-taken' };
    case 'slowed-down':
    case 'rate-limited':
    case 'unavailable':
      return { type: 'slowed-down', retryAfterSeconds };
    case 'malformed':
      return fields.some(({ path }) => path === 'administrator.timeZone')
        ? { type: 'time-zone-unknown' }
        : { type: 'other' };
    default:
      return { type: 'other' };
  }
}

/** Uses a one-time link; nobody is signed in by it. The token travels in the body alone. */
export async function redeemLink(
  fetchIt: typeof fetch,
  request: RedeemLinkRequest,
): Promise<Result<undefined, RedeemFailure>> {
  let response: Response;
  try {
    response = await fetchIt('/api/session/link', {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        [protocolHeader]: String(protocolVersion),
      },
      body: JSON.stringify(request),
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
  if (response.ok) return ok(undefined);
  // A body that is cut short or not JSON says no more than the status does.
  return err(failureOf(response.status, await response.json().catch(() => null)));
}
