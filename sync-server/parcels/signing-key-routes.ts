import { Hono } from 'hono';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { ParcelKeys } from '#server/keys/parcel-keys.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { signingKeyAnswerSchema } from '#shared/parcel/protocol.ts';
import { signingKeyRequestSchema } from '#shared/parcel/signing.ts';
import type { SigningKeys } from './signing-keys.ts';

/** A tablet says with which key its person signs there from now on. */
export function signingKeyFeature(deps: {
  readonly keys: ParcelKeys;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
}): Feature {
  const { keys, signingKeys, clock } = deps;
  const routes = new Hono<AppEnv>();
  routes.post(
    '/',
    describe({
      summary: 'Registers or renews the key this person signs with on this device',
      tag: 'parcels',
      session: true,
      body: signingKeyRequestSchema,
      answer: signingKeyAnswerSchema,
      problems: ['malformed', 'conflict', 'signature-refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, signingKeyRequestSchema);
      if (!body.ok) return body.error;
      const granted = await signingKeys.register(c.get('actor'), body.value);
      if (granted.ok)
        return c.json({ grant: granted.value, key: keys.current(c.get('at')), asOf: clock.now() });
      // An ended key stays ended: the tablet makes another.
      return problem(c, granted.error.type === 'ended' ? 'conflict' : 'signature-refused');
    },
  );
  return { path: '/api/signing-keys', access: 'session', routes };
}
