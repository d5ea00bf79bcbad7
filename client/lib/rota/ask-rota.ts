import type { z } from 'zod';
import { rotaRefusedSchema, type RotaRefusal } from '#shared/directory/rota-protocol.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';

/** Why the server did not do it. */
export type RotaFailure =
  /** No network, signed out, or something that is not our server. What was sent may have been done all the same; sending again is safe. */
  | { readonly type: 'no-answer' }
  | { readonly type: 'not-there' }
  | { readonly type: 'not-allowed' }
  /** A rule stands against it, or somebody changed it meanwhile; nothing was written. */
  | { readonly type: 'refused'; readonly refusals: readonly RotaRefusal[] };

async function failureOf(response: Response): Promise<RotaFailure> {
  if (response.status >= 500 || response.status === 401) return { type: 'no-answer' };
  if (response.status === 404) return { type: 'not-there' };
  if (response.status === 403) return { type: 'not-allowed' };
  const problem = rotaRefusedSchema.safeParse(await response.json());
  return { type: 'refused', refusals: problem.success ? (problem.data.refusals ?? []) : [] };
}

/** Asks our server about a rota; whatever goes wrong is a value. `body` makes it a POST unless `method` says otherwise. */
export async function askRota<S extends z.ZodType>(
  request: ApiRequest,
  path: string,
  answer: S,
  options: { readonly method?: string; readonly body?: unknown } = {},
): Promise<Result<z.infer<S>, RotaFailure>> {
  const { method = options.body === undefined ? 'GET' : 'POST', body } = options;
  try {
    const response = await request(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) return err(await failureOf(response));
    const parsed = answer.safeParse(response.status === 204 ? undefined : await response.json());
    return parsed.success ? ok(parsed.data) : err({ type: 'not-there' });
  } catch (cause) {
    // fetch rejects with TypeError without a network; a cut body is a SyntaxError.
    if (cause instanceof TypeError || cause instanceof SyntaxError || cause instanceof DOMException)
      return err({ type: 'no-answer' });
    throw cause;
  }
}
