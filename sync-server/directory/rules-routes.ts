import { Hono } from 'hono';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { problem } from '#server/http/problem.ts';
import { permissionMatrix, permissionMatrixSchema } from '#shared/administration/permission-matrix.ts';
import type { Directory } from '#shared/directory/directory.ts';

/** The tables by which the server decides, for the page that shows them. */
export function permissionRoutes(directory: () => Directory): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(
    '/',
    describe({
      summary: 'Who may do what, from the tables by which the server decides, and what the asking person may',
      tag: 'administration',
      session: true,
      answer: permissionMatrixSchema,
    }),
    (c) => {
      const { person, at } = c.get('actor');
      const now = directory();
      const known = now.people.get(person);
      return known === undefined ? problem(c, 'forbidden') : c.json(permissionMatrix(known, now, at));
    },
  );
  return routes;
}
