import type { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './context.ts';
import { problem } from './problem.ts';

interface Pattern {
  steps: readonly string[];
  methods: Set<string>;
}

/** What an answer names first when several methods are allowed. */
const methodOrder = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The app has cut one slash at the end already; any other empty step matches no route. */
const stepsOf = (path: string): string[] => path.split('/').slice(1);

function matches(pattern: readonly string[], steps: readonly string[]): boolean {
  if (pattern.at(-1) === '*')
    return (
      steps.length >= pattern.length - 1 && matches(pattern.slice(0, -1), steps.slice(0, pattern.length - 1))
    );
  return (
    pattern.length === steps.length && pattern.every((step, at) => step.startsWith(':') || step === steps[at])
  );
}

/** Routes that answer, by path; middleware (registered for all methods) does not count. */
function patternsOf(app: Hono<AppEnv>): Pattern[] {
  const byPath = new Map<string, Pattern>();
  for (const route of app.routes) {
    if (route.method === 'ALL' || !route.path.startsWith('/api/')) continue;
    const pattern = byPath.get(route.path) ?? { steps: stepsOf(route.path), methods: new Set() };
    pattern.methods.add(route.method);
    if (route.method === 'GET') pattern.methods.add('HEAD');
    byPath.set(route.path, pattern);
  }
  return [...byPath.values()];
}

/** Says 404 and 405 before anything else looks at the request. Reads the app's routes at the first request, when all are there. */
export const routeGuard = (app: Hono<AppEnv>) => {
  let patterns: Pattern[] | null = null;
  return createMiddleware<AppEnv>(async (c, next) => {
    patterns ??= patternsOf(app);
    const steps = stepsOf(c.req.path);
    const allowed = new Set(
      patterns.filter((pattern) => matches(pattern.steps, steps)).flatMap(({ methods }) => [...methods]),
    );
    if (allowed.size === 0) return problem(c, 'not-found');
    if (!allowed.has(c.req.method)) {
      return problem(c, 'method-not-allowed', { allow: methodOrder.filter((method) => allowed.has(method)) });
    }
    return next();
  });
};
