import { Hono } from 'hono';
import { createDirectoryWriter } from '#server/directory/directory-writer.ts';
import type { AppEnv } from '#server/http/context.ts';
import type { OpenModule, ServerParts } from '#server/ops/server-module.ts';
import { addCalendarLinkRoutes, calendarPath, publicCalendarRoutes } from './calendar-routes.ts';
import { createCalendarLinks } from './calendar-links.ts';
import { addRotaRoutes } from './rota-routes.ts';
import { createRotaWeeks } from './rota-weeks.ts';
import { addSwapRoutes } from './swap-routes.ts';
import { createSwaps, type Swaps } from './swaps.ts';

/** An edit may hold a whole week, and the week it is copied from. */
const maxEditBytes = 512 * 1024;

/** Swaps by this server's own store and clock; it remembers nothing, so any number may be made. */
export const swapsOf = ({
  store,
  directory,
  clock,
}: Pick<ServerParts, 'store' | 'directory' | 'clock'>): Swaps =>
  createSwaps({
    database: store.database('accounts'),
    directory,
    writer: createDirectoryWriter({ database: store.database('directory'), directory }),
    clock,
  });

/** Reading and editing rotas, swaps, and calendars. What is told about them, and when, is `createRotaWatch`. */
export const rotaModule = (): OpenModule => (parts) => {
  const { store, directory, clock, audit, publicOrigin } = parts;
  const writer = createDirectoryWriter({ database: store.database('directory'), directory });
  const links = createCalendarLinks(store.database('accounts'));
  const routes = new Hono<AppEnv>({ strict: false });
  addCalendarLinkRoutes(routes, { links, publicOrigin });
  addSwapRoutes(routes, { swaps: swapsOf(parts), directory, audit });
  addRotaRoutes(routes, { weeks: createRotaWeeks({ directory, writer, clock }), directory, audit });
  return {
    features: [
      // Before the routes that ask for a session: its path lies below theirs.
      {
        path: calendarPath,
        access: 'public',
        routes: publicCalendarRoutes({ links, directory, clock, publicOrigin }),
      },
      { path: '/api/rota', access: 'session', routes, maxBodyBytes: maxEditBytes },
    ],
  };
};
