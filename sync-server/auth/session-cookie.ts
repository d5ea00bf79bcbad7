import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '#server/http/context.ts';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import { sessionCookieName, slotSchema } from '#shared/session/protocol.ts';
import { slotHeader } from '#shared/sync/protocol.ts';

/** The slot a request speaks for; null when it names none. */
export function slotOf(c: Context<AppEnv>): number | null {
  const text = c.req.header(slotHeader);
  if (text === undefined || !/^\d$/.test(text)) return null;
  const slot = slotSchema.safeParse(Number(text));
  return slot.success ? slot.data : null;
}

export const readSessionCookie = (c: Context<AppEnv>, slot: number): string | null =>
  getCookie(c, sessionCookieName(slot)) ?? null;

const attributes = { httpOnly: true, sameSite: 'Strict', path: '/api' } as const;

export function writeSessionCookie(
  c: Context<AppEnv>,
  entry: { slot: number; token: string; endsAt: Instant; isSecure: boolean },
): void {
  setCookie(c, sessionCookieName(entry.slot), entry.token, {
    ...attributes,
    secure: entry.isSecure,
    expires: new Date(instantToMs(entry.endsAt)),
  });
}

export function dropSessionCookie(c: Context<AppEnv>, entry: { slot: number; isSecure: boolean }): void {
  setCookie(c, sessionCookieName(entry.slot), '', {
    ...attributes,
    secure: entry.isSecure,
    expires: new Date(0),
    maxAge: 0,
  });
}
