import type { Instant } from '#shared/lib/instant.ts';
import type { ProblemCode } from '#shared/lib/problem.ts';
import type { Result } from '#shared/lib/result.ts';
import type {
  CompareAnswer,
  CompareRequest,
  DocumentsAnswer,
  DocumentsRequest,
  OfferAnswer,
  OfferRequest,
  PullAnswer,
  PullRequest,
  PushAnswer,
  PushRequest,
  ReceiptsAnswer,
  ReceiptsRequest,
  StateAnswer,
  StateRequest,
  StreamMessage,
} from './wire-types.ts';

/** Why a request was not answered as asked. Anything but a parsed answer of our own server is one of these. */
export type ServerFailure =
  | { readonly type: 'no-answer' }
  /** Something else answered: a captive portal, a proxy, another program. */
  | { readonly type: 'not-our-server' }
  | { readonly type: 'signed-out' }
  | { readonly type: 'too-large' }
  | { readonly type: 'update-needed' }
  /** The request itself was refused (4xx); sending it again changes nothing. */
  | { readonly type: 'refused'; readonly status: number; readonly code: ProblemCode | null }
  /** The server could not (5xx, 429, 408); try again later. */
  | { readonly type: 'unavailable'; readonly status: number; readonly retryAfterMs: number | null };

/** `serverNow`: the server's clock when it answered. */
export interface Answer<T> {
  readonly body: T;
  readonly serverNow: Instant;
  readonly roundTripMs: number;
}
export type Answered<T> = Promise<Result<Answer<T>, ServerFailure>>;

export interface StreamListener {
  onMessage(message: StreamMessage): void;
  /** Bytes came, of whatever meaning; the stream lives. */
  onTraffic(): void;
  /** Called once; never after `close`. */
  onEnd(): void;
}
export interface OpenStream {
  close(): void;
}

/** One person's session at our server. Never throws: a failed request is a value. */
export interface ServerPort {
  push(request: PushRequest): Answered<PushAnswer>;
  pull(request: PullRequest): Answered<PullAnswer>;
  state(request: StateRequest): Answered<StateAnswer>;
  compare(request: CompareRequest): Answered<CompareAnswer>;
  documents(request: DocumentsRequest): Answered<DocumentsAnswer>;
  offer(request: OfferRequest): Answered<OfferAnswer>;
  receipts(request: ReceiptsRequest): Answered<ReceiptsAnswer>;
  openStream(listener: StreamListener): Promise<Result<OpenStream, ServerFailure>>;
  /** Ends what is under way; every open question is answered with `no-answer`. */
  close(): void;
}
