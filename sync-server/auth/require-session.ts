import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '#server/http/context.ts';
import type { Devices } from '#server/devices/devices.ts';
import { problem } from '#server/http/problem.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import {
  appVersionHeader,
  appVersionSchema,
  lostHeader,
  unsentHeader,
  unsentSchema,
} from '#shared/device/protocol.ts';
import { readSessionCookie, slotOf, writeSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface RequireSessionDeps {
  readonly sessions: Sessions;
  readonly devices: Pick<Devices, 'isRevoked' | 'heard'>;
  readonly limiter: RateLimiter;
  readonly isSecure: boolean;
}

/** What the app says of itself; nonsense counts as nothing. */
function reportOf(c: Context<AppEnv>): { appVersion: string | null; unsent: number | null; lost?: number } {
  const countIn = (header: string): number | null => {
    const text = c.req.header(header) ?? '';
    return text === '' ? null : (unsentSchema.safeParse(Number(text)).data ?? null);
  };
  const lost = countIn(lostHeader);
  return {
    appVersion: appVersionSchema.safeParse(c.req.header(appVersionHeader)).data ?? null,
    unsent: countIn(unsentHeader),
    ...(lost === null ? {} : { lost }),
  };
}

/**
 * Lets a request through only with a live session in the slot it names, and says who acts. An ended session leaves its cookie alone: the
 * answer may cross one that renews it. `evenBeforePasswordChange`: for the routes by which the password is changed. On a device that was revoked
 * only the paths in `evenOnRevokedDevice` answer, there also to sessions that have ended: what waits on it would else be lost.
 */
export const requireSession = (
  deps: RequireSessionDeps,
  options: { evenBeforePasswordChange?: boolean; evenOnRevokedDevice?: readonly string[] } = {},
) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const slot = slotOf(c);
    if (slot === null) return problem(c, 'not-signed-in');
    const token = readSessionCookie(c, slot);
    if (token === null) return problem(c, 'not-signed-in');
    const at = c.get('at');
    const recognition = await deps.sessions.recognise(token, at);
    const known = recognition.ok
      ? recognition.value.session
      : recognition.error.type === 'ended'
        ? recognition.error.session
        : null;
    const isRevoked = known !== null && deps.devices.isRevoked(known.device);
    if (known === null || (!recognition.ok && !isRevoked)) return problem(c, 'session-ended');
    const session = known;
    const renewed = recognition.ok ? recognition.value.renewed : null;
    const waitSeconds = deps.limiter.take(session.id, at);
    if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
    if (renewed !== null)
      writeSessionCookie(c, { slot, token: renewed, endsAt: session.endsAt, isSecure: deps.isSecure });
    deps.devices.heard(session, { at, ...reportOf(c) });
    if (isRevoked && options.evenOnRevokedDevice?.includes(c.req.path) !== true)
      return problem(c, 'device-revoked');
    if (!isRevoked && session.mustChangePassword && options.evenBeforePasswordChange !== true)
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
