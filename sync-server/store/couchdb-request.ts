import nano from 'nano';
import { z } from 'zod';
import { StoreUnavailable } from './port.ts';

/** CouchDB understood the request and said no. `code` is its `error` word; its free text is dropped, for it may quote documents. */
export class CouchRefusal extends Error {
  override readonly name = 'CouchRefusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`CouchDB answered ${String(status)} ${code}`);
    this.status = status;
    this.code = code;
  }
}

export interface CouchRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  database?: string;
  /** Never holds an id of a document: ids travel in bodies. */
  path?: string;
  query?: Record<string, string | number | boolean>;
  body?: unknown;
  timeoutMs?: number;
  /** Gives the request up. */
  signal?: AbortSignal;
}

export interface CouchAnswer<T> {
  status: number;
  answer: T;
}

export type AskCouch = <T>(schema: z.ZodType<T>, request: CouchRequest) => Promise<CouchAnswer<T>>;

const failureSchema = z.looseObject({ statusCode: z.number().optional(), error: z.string().optional() });
const loggedSchema = z.looseObject({ headers: z.looseObject({ statusCode: z.number() }) });

/**
 * One request through nano. nano tells the status only to its log, swallows a body that was cut (the answer is then ''), sets no time limit
 * and puts request bodies into its errors: so the status is taken from the log, each answer is parsed, each request has a limit, and no
 * error of nano's leaves this function.
 */
export function createAskCouch(url: string, requestTimeoutMs: number): AskCouch {
  const statuses = new WeakMap<object, number>();
  const settings = {
    // A path in the address stays a path; nano would take its last part for a database.
    url,
    parseUrl: false,
    log: (entry: unknown) => {
      const logged = loggedSchema.safeParse(entry);
      const answer: unknown = logged.success ? logged.data['retval'] : null;
      if (logged.success && typeof answer === 'object' && answer !== null)
        statuses.set(answer, logged.data.headers.statusCode);
    },
  };
  const server = nano(settings);

  async function send(request: CouchRequest): Promise<unknown> {
    const giveUp = new AbortController();
    const abort = (): void => giveUp.abort();
    const timer = setTimeout(abort, request.timeoutMs ?? requestTimeoutMs);
    request.signal?.addEventListener('abort', abort);
    if (request.signal?.aborted === true) abort();
    try {
      const options = {
        method: request.method ?? 'GET',
        ...(request.database === undefined ? {} : { db: request.database }),
        ...(request.path === undefined ? {} : { path: request.path }),
        ...(request.query === undefined ? {} : { qs: request.query }),
        ...(request.body === undefined ? {} : { body: request.body }),
        signal: giveUp.signal,
      };
      return await server.request(options);
    } catch (failure) {
      const { statusCode, error = 'unknown' } = failureSchema.catch({}).parse(failure);
      if (statusCode === undefined)
        throw new StoreUnavailable('CouchDB cannot be reached or did not answer in time');
      if (statusCode === 401)
        throw new StoreUnavailable('CouchDB refused the name or password', { retryable: false });
      if (statusCode === 429 || statusCode >= 500)
        throw new StoreUnavailable(`CouchDB answered ${String(statusCode)}`);
      throw new CouchRefusal(statusCode, error);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', abort);
    }
  }

  return async (schema, request) => {
    const answer = await send(request);
    const read = schema.safeParse(answer);
    if (!read.success)
      throw new StoreUnavailable('CouchDB gave an answer that was cut or cannot be understood');
    const status = typeof answer === 'object' && answer !== null ? statuses.get(answer) : undefined;
    return { status: status ?? 200, answer: read.data };
  };
}
