import type { Hono } from 'hono';
import { z } from 'zod';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { defaultMaxBodyBytes, parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { pushOutcomeSchema } from '#shared/sync/protocol.ts';
import {
  quarantineAnswerSchema,
  quarantineDecisionSchema,
  refusedAnswerSchema,
} from '#shared/sync/quarantine.ts';
import type { HeldBack } from './held-back.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';

export interface HeldBackRoutesDeps {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly desk: QuarantineDesk;
  readonly heldBack: HeldBack;
}

/** What was refused, for its author; what was set aside, for the heads who decide. */
export function addHeldBackRoutes(routes: Hono<AppEnv>, deps: HeldBackRoutesDeps): void {
  const { clock, audit } = deps;
  const common = { tag: 'sync', session: true } as const;
  const small = { maxBytes: defaultMaxBodyBytes };

  routes.get(
    '/refused',
    describe({
      ...common,
      summary: "The asking person's own events that were never allowed, with their text and reason.",
      answer: refusedAnswerSchema,
      problems: ['unavailable'],
    }),
    async (c) => {
      const events = await deps.heldBack.refusedOf(c.get('actor').person);
      const answer: z.input<typeof refusedAnswerSchema> = {
        events: events.map(({ code, refusedAt, event }) => ({ code, refusedAt, event })),
        asOf: clock.now(),
      };
      return c.json(answer);
    },
  );

  routes.get(
    '/quarantine',
    describe({
      ...common,
      summary: 'Events set aside, for the heads of the departments concerned.',
      answer: quarantineAnswerSchema,
      problems: ['unavailable'],
    }),
    async (c) => {
      const events = await deps.desk.list(c.get('actor'));
      if (events.length > 0) {
        const subjects = events.map((one) => one.document);
        await audit.recordRead(c.get('actor'), { action: 'sync.quarantine', subjects });
      }
      return c.json({ events, asOf: clock.now() });
    },
  );

  routes.post(
    '/quarantine/release',
    describe({
      ...common,
      summary: 'A head takes an event that was set aside into the record, as of its writing.',
      body: quarantineDecisionSchema,
      answer: z.object({ outcome: pushOutcomeSchema }),
      problems: ['malformed', 'not-found', 'conflict', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, quarantineDecisionSchema, small);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const released = await deps.desk.release(actor, body.value);
      if (!released.ok) return problem(c, released.error.type === 'absent' ? 'not-found' : 'conflict');
      return c.json({ outcome: released.value });
    },
  );

  routes.post(
    '/quarantine/dismiss',
    describe({
      ...common,
      summary: 'A head leaves an event out of the record, with a reason.',
      body: quarantineDecisionSchema,
      problems: ['malformed', 'not-found', 'conflict', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, quarantineDecisionSchema, small);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const dismissed = await deps.desk.dismiss(actor, body.value);
      if (!dismissed.ok) return problem(c, dismissed.error.type === 'absent' ? 'not-found' : 'conflict');
      return c.body(null, 204);
    },
  );
}
