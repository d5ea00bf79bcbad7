import { Hono } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import type { ParcelKeys } from '#server/keys/parcel-keys.ts';
import type { Clock } from '#shared/lib/instant.ts';
import {
  maxParcelsBytes,
  parcelKeyAnswerSchema,
  parcelsAnswerSchema,
  parcelsRequestSchema,
} from '#shared/parcel/protocol.ts';
import type { ParcelTaker } from './take-parcels.ts';

export interface ParcelRoutesDeps {
  readonly keys: ParcelKeys;
  readonly taker: ParcelTaker;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly isReady: () => boolean;
  /** By address. */
  readonly limiter: RateLimiter;
}

/** Brings sealed events in. No session: the signature inside is its author's, and the carrier cannot read it. */
export function parcelFeature(deps: ParcelRoutesDeps): Feature {
  const { keys, taker, audit, clock } = deps;
  const routes = new Hono<AppEnv>();

  routes.get(
    '/key',
    describe({
      summary: 'The public key parcels are sealed to',
      tag: 'parcels',
      session: false,
      answer: parcelKeyAnswerSchema,
    }),
    (c) => c.json({ key: keys.current(c.get('at')), asOf: clock.now() }),
  );

  routes.post(
    '/',
    describe({
      summary: 'Brings sealed events of anybody; one verdict per parcel, in order',
      tag: 'parcels',
      session: false,
      body: parcelsRequestSchema,
      answer: parcelsAnswerSchema,
      problems: ['malformed', 'too-large', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      const [at, address] = [c.get('at'), c.get('address')];
      const waitSeconds = deps.limiter.take(address, at);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      if (!deps.isReady()) return problem(c, 'unavailable', { retryAfterSeconds: 2 });
      const body = await parseJsonBody(c, parcelsRequestSchema, {
        maxBytes: maxParcelsBytes,
        allowUnsafeKeys: true,
      });
      if (!body.ok) return body.error;
      const { verdicts, documents } = await taker.take(body.value.parcels, at);
      // What was brought again, or is nobody's, leaves no trace: a stranger must not fill the record.
      if (documents.length > 0) {
        const carrier = { person: null, device: null, address, at } as const;
        await audit.recordWrite(carrier, { action: 'parcel.carry', subjects: documents });
      }
      return c.json({ verdicts, key: keys.current(at), asOf: clock.now() });
    },
  );

  return { path: '/api/parcels', access: 'public', routes, maxBodyBytes: maxParcelsBytes };
}
