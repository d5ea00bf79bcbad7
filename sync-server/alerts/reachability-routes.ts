import type { Hono } from 'hono';
import { reachabilityAnswerSchema, reachabilityRequestSchema, type Reach } from '#shared/alert/protocol.ts';
import type { Successor } from '#shared/alert/next-person.ts';
import { calledLater, verdictOf, whoIsCalled } from '#shared/alert/reachability.ts';
import { turnTestCause, turnTestOf } from '#shared/alert/turn-test.ts';
import { announcementIdOf } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { onCallSince } from '#shared/directory/on-call-since.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import type { AlertBook } from './alert-book.ts';
import type { Heard } from './heard.ts';
import type { Reach as Ways } from './reach.ts';

/** What the assignment rules ask about the hospital as a whole. */
export interface Loads {
  openConsults(): ReadonlyMap<PersonId, number>;
  lastRoundRobin(department: DepartmentId): PersonId | null;
}

const most = 40;
/** A form asks again at each change of department and urgency. */
const questionsOfOnePerson: RateLimit = { burst: 30, perSecond: 0.5 };

/** Who would be called, and how alive their devices are (ALE-9). Anyone signed in may ask: it names colleagues on duty and no address. */
export function addReachabilityRoute(
  routes: Hono<AppEnv>,
  deps: {
    readonly ways: Pick<Ways, 'channelsOf' | 'isOneWay'>;
    readonly book: Pick<AlertBook, 'getMany'>;
    readonly heard: Pick<Heard, 'lastAt'>;
    readonly loads: Loads;
    readonly directory: () => Directory;
    readonly clock: Clock;
  },
): void {
  const { ways, book, heard, loads, directory, clock } = deps;
  const limiter = createRateLimiter(questionsOfOnePerson);
  routes.post(
    '/reachability',
    describe({
      summary:
        'Who would be called for a consult to this department now, and when their devices were last heard of',
      tag: 'alerts',
      session: true,
      body: reachabilityRequestSchema,
      answer: reachabilityAnswerSchema,
      problems: ['malformed', 'not-found', 'rate-limited'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, reachabilityRequestSchema);
      if (!body.ok) return body.error;
      const { person: requester } = c.get('actor');
      const waitSeconds = limiter.take(requester, c.get('at'));
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const { department } = body.value;
      if (!directory().departments.has(department)) return problem(c, 'not-found');
      const at = clock.now();
      const called = whoIsCalled({
        ...body.value,
        requester,
        directory: directory(),
        openConsults: loads.openConsults(),
        lastRoundRobin: loads.lastRoundRobin(department),
        at,
      });
      const next = calledLater({ department, directory: directory(), at }, called).slice(0, most);
      const testIds = new Map<PersonId, string>();
      for (const { person } of [...called, ...next]) {
        const since = onCallSince(directory(), person, at);
        if (since !== null) testIds.set(person, announcementIdOf(turnTestCause(person, since), person));
      }
      const tests = new Map(
        (await book.getMany([...testIds.values()])).map((alert) => [alert.recipient, turnTestOf(alert)]),
      );
      const reachOf = async ({ person, as }: Successor): Promise<Reach> => {
        const [channels, heardAt] = await Promise.all([ways.channelsOf(person), heard.lastAt(person)]);
        return {
          person,
          as,
          channels,
          heardAt,
          verdict: verdictOf(channels, heardAt, at),
          isOneWay: ways.isOneWay(channels),
          turnTest: tests.get(person) ?? null,
        };
      };
      const [people, later] = await Promise.all([
        Promise.all(called.map(reachOf)),
        Promise.all(next.map(reachOf)),
      ]);
      return c.json({ people, later, asOf: at });
    },
  );
}
