import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '#server/http/context.ts';
import { problem } from '#server/http/problem.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import { readSessionCookie, slotOf, writeSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface RequireSessionDeps {
  readonly sessions: Sessions;
  readonly limiter: RateLimiter;
  readonly isSecure: boolean;
}

/**
 * Lets a request through only with a live session in the slot it names, and says who acts. An ended session leaves its cookie alone: the
 * answer may cross one that renews it. `evenBeforePasswordChange`: for the routes by which the password is changed.
 */
export const requireSession = (
  deps: RequireSessionDeps,
  options: { evenBeforePasswordChange?: boolean } = {},
) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const slot = slotOf(c);
    if (slot === null) return problem(c, 'not-signed-in');
    const token = readSessionCookie(c, slot);
    if (token === null) return problem(c, 'not-signed-in');
    const at = c.get('at');
    const recognition = await deps.sessions.recognise(token, at);
    if (!recognition.ok) return problem(c, 'session-ended');
    const { session, renewed } = recognition.value;
    const waitSeconds = deps.limiter.take(session.id, at);
    if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
    if (renewed !== null)
      writeSessionCookie(c, { slot, token: renewed, endsAt: session.endsAt, isSecure: deps.isSecure });
    if (session.mustChangePassword && options.evenBeforePasswordChange !== true)
      return problem(c, 'password-change-needed');
    c.set('slot', slot);
    c.set('session', session);
    c.set('actor', {
      person: session.person,
      device: session.device,
      deviceKind: session.deviceKind,
      session: session.id,
      address: c.get('address'),
      at,
    });
    return next();
  });
