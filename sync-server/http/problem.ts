import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem, ProblemCode } from '#shared/lib/problem.ts';
import type { AppEnv } from './context.ts';

interface Meaning {
  status: ContentfulStatusCode;
  title: string;
}

const meanings: Readonly<Record<ProblemCode, Meaning>> = {
  malformed: { status: 400, title: 'The request cannot be understood.' },
  'too-large': { status: 413, title: 'The request is too large.' },
  'unsupported-media-type': { status: 415, title: 'The request must be JSON.' },
  'not-signed-in': { status: 401, title: 'Nobody is signed in.' },
  'session-ended': { status: 401, title: 'The session has ended.' },
  'wrong-credentials': { status: 401, title: 'E-mail or password is wrong.' },
  'slowed-down': { status: 429, title: 'Too many attempts; wait before the next.' },
  'weak-password': { status: 422, title: 'The password is too easy to guess.' },
  'password-change-needed': { status: 403, title: 'The password must be changed first.' },
  'device-revoked': { status: 403, title: 'This device was withdrawn.' },
  'link-not-valid': { status: 400, title: 'The link was used or is no longer valid.' },
  'signature-refused': { status: 401, title: 'The signature is missing, wrong or too old.' },
  'origin-refused': { status: 403, title: 'The request comes from another site.' },
  forbidden: { status: 403, title: 'Not allowed.' },
  'not-found': { status: 404, title: 'Nothing is here.' },
  'method-not-allowed': { status: 405, title: 'This cannot be done here.' },
  conflict: { status: 409, title: 'Somebody else changed this meanwhile.' },
  refused: { status: 409, title: 'A rule of the hospital stands against this.' },
  'update-needed': { status: 426, title: 'The app is too old for this server.' },
  'rate-limited': { status: 429, title: 'Too many requests.' },
  unavailable: { status: 503, title: 'The server cannot answer now.' },
  internal: { status: 500, title: 'The server made a mistake.' },
};

export interface ProblemDetails {
  /** Where the fault lies; never with the value that was sent. */
  fields?: { path: string; message: string }[];
  retryAfterSeconds?: number;
  /** Names of rules, never values. */
  refusals?: readonly { readonly code: string; readonly path?: string | undefined }[];
  /** With `method-not-allowed`: what is allowed. */
  allow?: readonly string[];
}

/** The only way a request is refused (RFC 9457). Nothing of what was sent comes back. */
export function problem(c: Context<AppEnv>, code: ProblemCode, details: ProblemDetails = {}): Response {
  const { status, title } = meanings[code];
  const body: Problem = {
    type: `urn:hospital-consult:problem:${code}`,
    title,
    status,
    code,
    requestId: c.get('requestId'),
    ...(details.fields === undefined ? {} : { fields: details.fields }),
    ...(details.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: details.retryAfterSeconds }),
    ...(details.refusals === undefined ? {} : { refusals: details.refusals.map((one) => ({ ...one })) }),
  };
  if (details.retryAfterSeconds !== undefined) c.header('retry-after', String(details.retryAfterSeconds));
  if (details.allow !== undefined) c.header('allow', details.allow.join(', '));
  c.header('cache-control', 'no-store');
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' });
}
