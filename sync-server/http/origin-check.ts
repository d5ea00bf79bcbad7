import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './context.ts';
import { problem } from './problem.ts';

const readingMethods = new Set(['GET', 'HEAD']);

/** `localhost` and `127.0.0.1` are one place to those who type them. */
export function acceptedOrigins(publicOrigin: string): ReadonlySet<string> {
  const url = new URL(publicOrigin);
  const twin = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[url.hostname];
  if (twin === undefined) return new Set([publicOrigin]);
  const other = new URL(publicOrigin);
  other.hostname = twin;
  return new Set([publicOrigin, other.origin]);
}

/**
 * Refuses a change that another site's page asks for. Browsers always say where a change comes from, in Origin or Sec-Fetch-Site; a request
 * without either is no browser's and carries nobody's cookies but its own.
 */
export const originCheck = (publicOrigin: string) => {
  const accepted = acceptedOrigins(publicOrigin);
  return createMiddleware<AppEnv>(async (c, next) => {
    if (readingMethods.has(c.req.method)) return next();
    const from = c.req.header('origin');
    const site = c.req.header('sec-fetch-site');
    const isOurs = from === undefined ? site === undefined || site === 'same-origin' : accepted.has(from);
    return isOurs ? next() : problem(c, 'origin-refused');
  });
};
