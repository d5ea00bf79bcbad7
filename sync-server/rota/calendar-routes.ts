import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import { calendarLinkSchema, calendarLinkStateSchema } from '#shared/directory/rota-protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { calendarFile } from './calendar-feed.ts';
import type { CalendarLinks } from './calendar-links.ts';

/** Calendars ask a few times an hour; their services ask for many people from one address. */
const perLink: RateLimit = { burst: 10, perSecond: 1 / 60 };
const perAddress: RateLimit = { burst: 120, perSecond: 2 };
const suffix = '.ics';

/** The path of a feed: its token is the whole secret, so it stands in no log (request lines name patterns). */
export const calendarPath = '/api/rota/calendar';

/** What a calendar program fetches, without a session. Unknown, revoked and replaced links look alike, and leave nothing behind. */
export function publicCalendarRoutes(deps: {
  readonly links: CalendarLinks;
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly clock: Clock;
  readonly publicOrigin: string;
}): Hono<AppEnv> {
  const { links, directory, clock, publicOrigin } = deps;
  const routes = new Hono<AppEnv>({ strict: false });
  const byAddress = createRateLimiter(perAddress);
  const byLink = createRateLimiter(perLink);
  routes.get(
    '/:file',
    describe({
      summary: "A person's turns of duty as a calendar, by its secret address",
      tag: 'rota',
      session: false,
      otherAnswer: { mediaType: 'text/calendar', description: 'Turns from 30 days back to 90 days ahead.' },
      problems: ['not-found', 'rate-limited'],
    }),
    async (c) => {
      const at = c.get('at');
      const wait = byAddress.take(c.get('address'), at);
      if (wait > 0) return problem(c, 'rate-limited', { retryAfterSeconds: wait });
      const file = c.req.param('file');
      const text = file.endsWith(suffix) ? file.slice(0, -suffix.length) : '';
      const person = await links.personOf(text);
      const present = directory.current();
      if (person === null || present.people.get(person)?.active !== true) return problem(c, 'not-found');
      const waitOfLink = byLink.take(createHash('sha256').update(text).digest('hex'), at);
      if (waitOfLink > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitOfLink });
      return c.body(calendarFile(present, person, { now: clock.now(), publicOrigin }), 200, {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'inline; filename="on-call.ics"',
        'cache-control': 'private, no-store',
      });
    },
  );
  return routes;
}

/** Making, renewing and revoking one's own link. */
export function addCalendarLinkRoutes(
  routes: Hono<AppEnv>,
  deps: { readonly links: CalendarLinks; readonly publicOrigin: string },
): void {
  const { links, publicOrigin } = deps;
  routes.get(
    '/calendar-link',
    describe({
      summary: 'Whether there is a calendar link of one’s own, and since when',
      tag: 'rota',
      session: true,
      answer: calendarLinkStateSchema,
    }),
    async (c) => c.json({ madeAt: await links.madeAt(c.get('actor').person) }),
  );
  routes.post(
    '/calendar-link',
    describe({
      summary: 'Makes the calendar link of one’s own, shown this once; the one before stops working',
      tag: 'rota',
      session: true,
      answer: calendarLinkSchema,
    }),
    async (c) => {
      const { token, madeAt } = await links.make(c.get('actor'));
      return c.json({ url: `${publicOrigin}${calendarPath}/${token}${suffix}`, madeAt });
    },
  );
  routes.delete(
    '/calendar-link',
    describe({ summary: 'Revokes the calendar link of one’s own', tag: 'rota', session: true }),
    async (c) => {
      await links.revoke(c.get('actor'));
      return c.body(null, 204);
    },
  );
}
