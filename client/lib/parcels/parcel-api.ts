import type { z } from 'zod';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import {
  parcelKeyAnswerSchema,
  parcelsAnswerSchema,
  signingKeyAnswerSchema,
  type CarriedParcel,
  type ParcelKey,
  type ParcelsAnswer,
  type SigningKeyAnswer,
} from '#shared/parcel/protocol.ts';
import type { SigningKeyRequest } from '#shared/parcel/signing.ts';
import {
  nowHeader,
  protocolHeader,
  protocolVersion,
  serverHeader,
  slotHeader,
} from '#shared/sync/protocol.ts';

export type ParcelFailure =
  /** No network, no answer of ours, or the server cannot now: later. */
  | { readonly type: 'no-answer' }
  /** The bundle itself was refused; sending it again changes nothing. */
  | { readonly type: 'refused'; readonly status: number };

/** `serverNow`: the server's clock when it answered. */
export interface ParcelAnswer<T> {
  readonly body: T;
  readonly serverNow: Instant;
}
type Answered<T> = Promise<Result<ParcelAnswer<T>, ParcelFailure>>;

/** Parcels and signing keys at our server. Only registering needs a session. */
export interface ParcelApi {
  key(): Answered<{ readonly key: ParcelKey }>;
  bring(parcels: readonly CarriedParcel[]): Answered<ParcelsAnswer>;
  register(slot: number, request: SigningKeyRequest): Answered<SigningKeyAnswer>;
}

const timeoutMs = 20_000;

export function createParcelApi(fetchIt: typeof fetch): ParcelApi {
  async function ask<S extends z.ZodType>(path: string, init: RequestInit, schema: S): Answered<z.infer<S>> {
    let response: Response;
    try {
      response = await fetchIt(path, {
        ...init,
        headers: {
          accept: 'application/json',
          [protocolHeader]: String(protocolVersion),
          ...(init.headers as Record<string, string> | undefined),
        },
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      // No network, a cut connection, our own time limit.
      return err({ type: 'no-answer' });
    }
    const { status } = response;
    const serverNow = instantSchema.safeParse(response.headers.get(nowHeader));
    if (!response.headers.has(serverHeader) || !serverNow.success) return err({ type: 'no-answer' });
    if (!response.ok) {
      const isFinal = status >= 400 && status < 500 && status !== 429 && status !== 408;
      return err(isFinal ? { type: 'refused', status } : { type: 'no-answer' });
    }
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    return parsed.success ? ok({ body: parsed.data, serverNow: serverNow.data }) : err({ type: 'no-answer' });
  }
  const post = <S extends z.ZodType>(
    path: string,
    body: unknown,
    schema: S,
    headers: Record<string, string> = {},
  ): Answered<z.infer<S>> =>
    ask(
      path,
      {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      },
      schema,
    );
  return {
    key: () => ask('/api/parcels/key', { method: 'GET' }, parcelKeyAnswerSchema),
    bring: (parcels) => post('/api/parcels', { parcels }, parcelsAnswerSchema),
    register: (slot, request) =>
      post('/api/signing-keys', request, signingKeyAnswerSchema, { [slotHeader]: String(slot) }),
  };
}
