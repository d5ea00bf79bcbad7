import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import {
  alertPreferencesAnswerSchema,
  alertPreferencesRequestSchema,
  appReceiptsSchema,
  languageRequestSchema,
  testAlertAnswerSchema,
} from '#shared/alert/protocol.ts';
import { announcementIdOf } from '#shared/alert/plan.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { primaryDepartmentOf } from '#shared/directory/membership.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { hospitalLanguage } from '#shared/lib/language.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import type { AlertBook } from './alert-book.ts';
import type { Announcer } from './announcer.ts';
import type { Contacts } from './contacts.ts';
import type { Heard } from './heard.ts';
import type { Reach } from './reach.ts';

export interface PersonRoutesDeps {
  readonly book: AlertBook;
  readonly contacts: Pick<Contacts, 'of' | 'put' | 'putLanguage'>;
  readonly heard: Pick<Heard, 'noteShown'>;
  readonly announcer: Announcer;
  readonly directory: () => Directory;
  readonly emailOf: (person: PersonId) => Promise<string | null>;
  /** What this hospital has set up. */
  readonly available: readonly OutsideChannel[];
  readonly ways: Pick<Reach, 'channelsOf'>;
  readonly clock: Clock;
}

/** Each is an SMS somebody pays for. */
const testsOfOnePerson: RateLimit = { burst: 3, perSecond: 1 / 60 };

function addPreferenceRoutes(routes: Hono<AppEnv>, deps: PersonRoutesDeps): void {
  const { contacts, emailOf, available, ways, directory, clock } = deps;
  const answerFor = async (person: PersonId) => {
    const [{ preferences, mobile, language }, email, reaches] = await Promise.all([
      contacts.of(person),
      emailOf(person),
      ways.channelsOf(person),
    ]);
    const { organisation } = directory();
    return {
      preferences,
      email,
      mobile,
      available: [...available],
      reaches,
      language,
      hospitalLanguage: hospitalLanguage(organisation),
    };
  };
  routes.get(
    '/preferences',
    describe({
      summary: "How the session's person wants to be alerted, and where",
      tag: 'alerts',
      session: true,
      answer: alertPreferencesAnswerSchema,
    }),
    async (c) => c.json(await answerFor(c.get('actor').person)),
  );
  routes.put(
    '/preferences',
    describe({
      summary:
        'Changes them; a wish mutes no emergency the person is on call for, and nothing escalation sends',
      tag: 'alerts',
      session: true,
      body: alertPreferencesRequestSchema,
      answer: alertPreferencesAnswerSchema,
      problems: ['malformed'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, alertPreferencesRequestSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const by = { actor, act: { action: 'alert-preferences.put', subjects: [actor.person] } };
      await contacts.put(actor.person, body.value, clock.now(), by);
      return c.json(await answerFor(actor.person));
    },
  );
  routes.put(
    '/language',
    describe({
      summary: "In which language alerts and mails are written to the session's person",
      tag: 'alerts',
      session: true,
      body: languageRequestSchema,
      answer: alertPreferencesAnswerSchema,
      problems: ['malformed'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, languageRequestSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const by = { actor, act: { action: 'alert-language.put', subjects: [actor.person] } };
      await contacts.putLanguage(actor.person, body.value.language, clock.now(), by);
      return c.json(await answerFor(actor.person));
    },
  );
}

/** What a person says about themselves and their own alerts. */
export function addPersonRoutes(routes: Hono<AppEnv>, deps: PersonRoutesDeps): void {
  const { book, heard, announcer, directory, clock } = deps;
  addPreferenceRoutes(routes, deps);
  const limiter = createRateLimiter(testsOfOnePerson);
  routes.post(
    '/test',
    describe({
      summary: "Sends the session's person a test alert on every channel; followed in the collection alerts",
      tag: 'alerts',
      session: true,
      answer: testAlertAnswerSchema,
      problems: ['rate-limited', 'conflict'],
    }),
    async (c) => {
      const { person } = c.get('actor');
      const held = directory().people.get(person);
      const department = held === undefined ? null : primaryDepartmentOf(held, clock.now());
      // Somebody without a department has nobody who would alert them.
      if (department === null) return problem(c, 'conflict');
      const waitSeconds = limiter.take(person, c.get('at'));
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const cause = `${randomUUID()}:test` as EventId;
      const alert = announcementIdOf(cause, person);
      await announcer.announce([
        {
          id: alert,
          consult: null,
          cause,
          recipient: person,
          as: 'tester',
          about: 'test',
          urgency: 'urgent',
          department,
        },
      ]);
      return c.json({ alert });
    },
  );
  routes.post(
    '/receipts',
    describe({
      summary:
        "The app showed or opened alerts of the session's person in its own list; saying it again changes nothing",
      tag: 'alerts',
      session: true,
      body: appReceiptsSchema,
      problems: ['malformed'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, appReceiptsSchema);
      if (!body.ok) return body.error;
      const { person, device } = c.get('actor');
      const at = clock.now();
      const held = await book.getMany([...new Set(body.value.alerts.map(({ id }) => id))]);
      const own = new Set(held.filter(({ recipient }) => recipient === person).map(({ id }) => id));
      const receipts = body.value.alerts.filter(({ id }) => own.has(id));
      await Promise.all(
        receipts.map(({ id, fact }) =>
          book.add(id, [{ fact, channel: 'in-app', device, attempt: 0, outcome: null, at }]),
        ),
      );
      if (receipts.length > 0) await heard.noteShown(person, at);
      return c.body(null, 204);
    },
  );
}
