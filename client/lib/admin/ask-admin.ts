import type { z } from 'zod';
import { refusedProblemSchema, type AdministrationRefusal } from '#shared/administration/refusals.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';

/** Why an act of administration was not done. Nothing was written in any of these cases but perhaps `no-answer`: there nobody knows. */
export type AdminFailure =
  /** No network, signed out, a server in trouble, or something that is not our server. */
  | { readonly type: 'no-answer' }
  | { readonly type: 'not-there' }
  | { readonly type: 'signed-out' }
  /** Somebody else changed these fields meanwhile; [] when the server does not say which. */
  | { readonly type: 'changed-meanwhile'; readonly fields: readonly string[] }
  /** A rule stands against it. [] when the server gives no reason. */
  | { readonly type: 'refused'; readonly refusals: readonly AdministrationRefusal[] }
  /** The server could not read what was sent; paths as in its body, such as `becomes.name`. */
  | { readonly type: 'not-valid'; readonly paths: readonly string[] }
  | { readonly type: 'slowed-down' };

async function failureOf(response: Response): Promise<AdminFailure> {
  if (response.status >= 500) return { type: 'no-answer' };
  const problem = refusedProblemSchema.safeParse(await response.json());
  if (!problem.success)
    return response.status === 404 ? { type: 'not-there' } : { type: 'refused', refusals: [] };
  const { code, fields = [], refusals = [] } = problem.data;
  const paths = fields.map(({ path }) => path);
  switch (code) {
    case 'not-found':
    case 'method-not-allowed':
      return { type: 'not-there' };
    case 'not-signed-in':
    case 'session-ended':
    case 'password-change-needed':
      return { type: 'signed-out' };
    case 'conflict':
      return { type: 'changed-meanwhile', fields: paths };
    case 'malformed':
    case 'too-large':
      return { type: 'not-valid', paths };
    case 'rate-limited':
    case 'slowed-down':
      return { type: 'slowed-down' };
    default:
      return { type: 'refused', refusals };
  }
}

/** Asks our server for, or to do, something of administration; whatever goes wrong is a value. `body` makes it a POST unless `method` says otherwise. */
export async function askAdmin<S extends z.ZodType>(
  request: ApiRequest,
  path: string,
  answer: S,
  options: { readonly method?: string; readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Result<z.infer<S>, AdminFailure>> {
  const { method = options.body === undefined ? 'GET' : 'POST', body, signal } = options;
  try {
    const response = await request(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) return err(await failureOf(response));
    const parsed = answer.safeParse(response.status === 204 ? undefined : await response.json());
    return parsed.success ? ok(parsed.data) : err({ type: 'not-there' });
  } catch (cause) {
    // fetch rejects with TypeError without a network, and with AbortError when it took too long; a cut body is a SyntaxError.
    if (cause instanceof TypeError || cause instanceof SyntaxError || cause instanceof DOMException)
      return err({ type: 'no-answer' });
    throw cause;
  }
}
