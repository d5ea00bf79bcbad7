import type { z } from 'zod';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { ApiRequest } from './api-request.ts';

/** Why the server's word could not be had. */
export type AskFailure =
  /** No network, signed out, or something answered that is not our server. */
  | { readonly type: 'no-answer' }
  /** An older server, which does not know the question. */
  | { readonly type: 'not-there' }
  | { readonly type: 'refused'; readonly status: number };

/** Asks our server and reads its answer; whatever goes wrong is a value. `body` makes it a POST unless `method` says otherwise. */
export async function askServer<S extends z.ZodType>(
  request: ApiRequest,
  path: string,
  answer: S,
  options: { readonly method?: string; readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Result<z.infer<S>, AskFailure>> {
  const { method = options.body === undefined ? 'GET' : 'POST', body, signal } = options;
  try {
    const response = await request(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status === 404) return err({ type: 'not-there' });
    if (!response.ok)
      return err(
        response.status >= 500 ? { type: 'no-answer' } : { type: 'refused', status: response.status },
      );
    const parsed = answer.safeParse(await response.json());
    return parsed.success ? ok(parsed.data) : err({ type: 'not-there' });
  } catch (cause) {
    // fetch rejects with TypeError without a network, and with AbortError when it took too long; a cut body is a SyntaxError.
    if (cause instanceof TypeError || cause instanceof SyntaxError || cause instanceof DOMException)
      return err({ type: 'no-answer' });
    throw cause;
  }
}
