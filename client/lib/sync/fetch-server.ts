import type { z } from 'zod';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { problemSchema, type ProblemCode } from '#shared/lib/problem.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { grantHeader, grantToHeader, type Grant } from '#shared/parcel/signing.ts';
import {
  compareAnswerSchema,
  documentsAnswerSchema,
  nowHeader,
  offerAnswerSchema,
  protocolHeader,
  protocolVersion,
  pullAnswerSchema,
  pushAnswerSchema,
  receiptsAnswerSchema,
  serverHeader,
  slotHeader,
  stateAnswerSchema,
  streamMessageSchema,
} from '#shared/sync/protocol.ts';
import { createEventStreamParser } from './event-stream-parser.ts';
import type { Scheduler } from './scheduler.ts';
import type { Answered, ServerFailure, ServerPort, StreamListener } from './server-port.ts';

export interface FetchServerOptions {
  /** '' for the app's own origin. */
  readonly origin: string;
  readonly slot: number;
  readonly fetch: typeof fetch;
  readonly scheduler: Scheduler;
  /** Milliseconds that never go back, such as `performance.now()`. */
  readonly elapsedMs: () => number;
  readonly timeoutMs?: number;
  /** Of the key the events are signed with; null: none yet. */
  readonly grant?: () => Grant | null;
  /** Told of every refusal of our own server. */
  readonly onProblem?: (code: ProblemCode | null) => void;
  /** What the tablet says of itself with each request. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

const defaultTimeoutMs = 30_000;

interface Reply {
  readonly response: Response;
  readonly serverNow: Instant;
}

/** `Retry-After` in seconds; its date form is not used by our server. */
function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

async function problemCode(response: Response): Promise<ProblemCode | null> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) return null;
  const body = await readJson(response);
  const parsed = problemSchema.safeParse(body);
  return parsed.success ? parsed.data.code : null;
}

/** undefined for a body that is cut short or not JSON. */
const readJson = (response: Response): Promise<unknown> => response.json().catch(() => undefined);

async function failureOf(
  response: Response,
  onProblem: FetchServerOptions['onProblem'],
): Promise<ServerFailure> {
  const { status } = response;
  const code = await problemCode(response);
  onProblem?.(code);
  if (code === 'update-needed' || status === 426) return { type: 'update-needed' };
  if (status === 401) return { type: 'signed-out' };
  if (status === 413) return { type: 'too-large' };
  if (status >= 500 || status === 429 || status === 408) {
    return { type: 'unavailable', status, retryAfterMs: retryAfterMs(response) };
  }
  return { type: 'refused', status, code };
}

/** Our server's answer, or why it is none. Redirects are not followed: ours never redirects, captive portals do. */
async function judge(
  response: Response,
  contentType: string,
  onProblem: FetchServerOptions['onProblem'],
): Promise<Result<Reply, ServerFailure>> {
  const serverNow = instantSchema.safeParse(response.headers.get(nowHeader));
  if (!response.headers.has(serverHeader) || !serverNow.success) return err({ type: 'not-our-server' });
  if (!response.ok) return err(await failureOf(response, onProblem));
  if (response.headers.get('content-type')?.startsWith(contentType) !== true) {
    return err({ type: 'not-our-server' });
  }
  return ok({ response, serverNow: serverNow.data });
}

/** The session API and the sync API of our server over `fetch`, for one session slot. */
export function createFetchServer(options: FetchServerOptions): ServerPort {
  const { origin, slot, scheduler } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const underWay = new Set<AbortController>();

  async function send(
    path: string,
    init: RequestInit,
    accept: string,
    abort: AbortController,
  ): Promise<Result<Reply, ServerFailure>> {
    const headers = new Headers({ ...options.headers?.() });
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    headers.set('accept', accept);
    headers.set(slotHeader, String(slot));
    headers.set(protocolHeader, String(protocolVersion));
    try {
      const response = await options.fetch(`${origin}/api/sync/${path}`, {
        ...init,
        headers,
        signal: abort.signal,
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'manual',
      });
      return await judge(response, accept, options.onProblem);
    } catch {
      // fetch rejects for every kind of silence alike: no network, cut connection, our own time limit.
      return err({ type: 'no-answer' });
    }
  }

  function withGrant(): Record<string, string> {
    const grant = options.grant?.() ?? null;
    return grant === null ? {} : { [grantHeader]: grantToHeader(grant) };
  }

  async function ask<S extends z.ZodType>(
    path: string,
    request: unknown,
    schema: S,
    headers: Record<string, string> = {},
  ): Answered<z.infer<S>> {
    const abort = new AbortController();
    underWay.add(abort);
    const stopWaiting = scheduler.after(timeoutMs, () => abort.abort());
    const askedMs = options.elapsedMs();
    try {
      const init = {
        method: 'POST',
        body: JSON.stringify(request),
        headers: { 'content-type': 'application/json', ...headers },
      };
      const reply = await send(path, init, 'application/json', abort);
      if (!reply.ok) return reply;
      const roundTripMs = options.elapsedMs() - askedMs;
      const body = await readJson(reply.value.response);
      if (body === undefined) return err({ type: 'no-answer' });
      const parsed = schema.safeParse(body);
      if (!parsed.success) return err({ type: 'not-our-server' });
      return ok({ body: parsed.data, serverNow: reply.value.serverNow, roundTripMs });
    } finally {
      stopWaiting();
      underWay.delete(abort);
    }
  }

  return {
    push: (request) => ask('push', request, pushAnswerSchema, withGrant()),
    pull: (request) => ask('pull', request, pullAnswerSchema),
    state: (request) => ask('state', request, stateAnswerSchema),
    compare: (request) => ask('compare', request, compareAnswerSchema),
    documents: (request) => ask('documents', request, documentsAnswerSchema),
    offer: (request) => ask('offer', request, offerAnswerSchema),
    receipts: (request) => ask('receipts', request, receiptsAnswerSchema),
    async openStream(listener) {
      const abort = new AbortController();
      underWay.add(abort);
      const stopWaiting = scheduler.after(timeoutMs, () => abort.abort());
      const reply = await send('stream', { method: 'GET' }, 'text/event-stream', abort);
      stopWaiting();
      underWay.delete(abort);
      if (!reply.ok) return reply;
      const { body } = reply.value.response;
      if (body === null) return err({ type: 'not-our-server' });
      let closed = false;
      void readStream(body, listener, () => closed);
      return ok({
        close() {
          closed = true;
          abort.abort();
        },
      });
    },
    close() {
      for (const abort of underWay) abort.abort();
    },
  };
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  listener: StreamListener,
  isClosed: () => boolean,
): Promise<void> {
  const parse = createEventStreamParser((data) => {
    const message = streamMessageSchema.safeParse(parseJson(data));
    // A message of a newer server is traffic and nothing more.
    if (message.success) listener.onMessage(message.data);
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isClosed()) return;
      if (done) break;
      listener.onTraffic();
      parse(decoder.decode(value, { stream: true }));
    }
  } catch {
    // A cut stream and an ended one are the same to us: it is opened again.
    if (isClosed()) return;
  }
  listener.onEnd();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
