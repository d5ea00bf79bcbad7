import { Hono } from 'hono';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { problem } from '#server/http/problem.ts';
import type { OpenModule } from '#server/ops/server-module.ts';
import { msBetween } from '#shared/lib/instant.ts';
import { recoverySchema } from '#shared/session/recovery.ts';
import { recoveryOf } from './recovery.ts';

/**
 * A session proves who its person is for so long. Later it is whoever holds the device, and what opens the records of a person who is not there
 * is not given away for a cookie.
 */
const freshForMs = 15 * 60_000;

/** `POST /api/recovery`: the server's half of what opens this person's records on this device, released to a session of theirs that has just begun. */
export const recoveryModule = (): OpenModule => (parts) => {
  const recovery = recoveryOf(parts);
  parts.devices.destroysWith(async (device) => {
    await recovery.destroyFor(device);
  });
  const routes = new Hono<AppEnv>();
  routes.post(
    '/',
    describe({
      summary: "The server's half of what opens this person's records on this device",
      tag: 'session',
      session: true,
      answer: recoverySchema,
      problems: ['device-revoked', 'unavailable'],
    }),
    async (c) => {
      const actor = c.get('actor');
      const { person, device, at } = actor;
      if (msBetween(c.get('session').beganAt, at) > freshForMs) return problem(c, 'session-ended');
      const secret = await recovery.secretOf(person, device, at);
      // Before it leaves: a release that nobody can read about is none.
      await parts.audit.recordWrite(actor, { action: 'recovery.release', subjects: [device] });
      return c.json({ secret: Buffer.from(secret).toString('base64url') });
    },
  );
  return { features: [{ path: '/api/recovery', access: 'session', routes }] };
};
