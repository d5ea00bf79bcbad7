import { randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import type { AlertChannel, AlertMessage, SendOutcome } from '#server/alerts/channel.ts';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import { isSame } from '#shared/administration/edit.ts';
import {
  editOrganisationSchema,
  organisationRecordSchema,
  testSendSchema,
  testSentSchema,
  type OrganisationRecord,
} from '#shared/administration/organisation.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { announcementIdOf } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import type { Language } from '#shared/lib/language.ts';
import { differingFields, type DirectoryRecords } from './directory-records.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { fieldsOfOrganisation, type OrganisationDesk } from './organisation-desk.ts';
import { refuse, refusedFor } from './refuse.ts';

export interface OrganisationRoutesDeps {
  readonly audit: Audit;
  readonly directory: () => Directory;
  readonly desk: OrganisationDesk;
  readonly records: DirectoryRecords;
  readonly oneAtATime: OneAtATime;
  readonly channels: readonly AlertChannel[];
  readonly languageOf: (person: PersonId) => Promise<Language>;
}

/** Each is an SMS somebody pays for. */
const testsOfOnePerson: RateLimit = { burst: 6, perSecond: 1 / 30 };

function summaryOf(outcomes: readonly SendOutcome[]) {
  if (outcomes.length === 0) return 'no-address';
  if (outcomes.some(({ type }) => type === 'ok')) return 'sent';
  return outcomes.every(({ type }) => type === 'gone') ? 'gone' : 'failed';
}

export function organisationRoutes(deps: OrganisationRoutesDeps): Hono<AppEnv> {
  const { audit, channels, desk, directory, oneAtATime, records } = deps;
  const routes = new Hono<AppEnv>();
  const limiter = createRateLimiter(testsOfOnePerson);

  /** null: the person may; else the finished refusal. */
  async function denied(c: Context<AppEnv>, action: string): Promise<Response | null> {
    const { person: id, at } = c.get('actor');
    const now = directory();
    const person = now.people.get(id);
    const permit = person && mayAdminister({ act: 'organisation-edit', person, directory: now, at });
    if (permit?.allowed === true) return null;
    return refuse(c, audit, { action, subjects: ['organisation'] }, refusedFor(refusal('not-permitted')));
  }

  async function current(): Promise<OrganisationRecord | null> {
    const [record] = await records.of('organisation', ['organisation']);
    if (record === undefined) return null;
    const fields = fieldsOfOrganisation(record.document);
    return {
      fields,
      lastChange: record.lastChange,
      lostEdits: record.lost.map((one) => ({
        fields: differingFields(fields, fieldsOfOrganisation(one.document), isSame),
        change: one.change,
      })),
      channels: channels.map(({ name }) => name),
    };
  }
  const answer = async (c: Context<AppEnv>): Promise<Response> => {
    const record = await current();
    return record === null ? problem(c, 'not-found') : c.json(record);
  };

  routes.get(
    '/',
    describe({
      summary: 'What holds for the whole hospital, as the form shows it',
      tag: 'administration',
      session: true,
      answer: organisationRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => (await denied(c, 'organisation.read')) ?? answer(c),
  );
  routes.patch(
    '/',
    describe({
      summary: 'Changes exactly the fields named; refused where somebody changed one of them meanwhile',
      tag: 'administration',
      session: true,
      body: editOrganisationSchema,
      answer: organisationRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, editOrganisationSchema, { maxBytes: 256 * 1024 });
      if (!body.ok) return body.error;
      const done = await oneAtATime(() => desk.edit(c.get('actor'), body.value));
      const act = { action: 'organisation.edit', subjects: ['organisation'] };
      return done.ok ? answer(c) : refuse(c, audit, act, done.error);
    },
  );
  routes.delete(
    '/lost-edits',
    describe({
      summary: 'Forgets edits that lost against another gateway’s, once somebody has looked at them',
      tag: 'administration',
      session: true,
      answer: organisationRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const done = await oneAtATime(() => desk.dropLostEdits(c.get('actor')));
      const act = { action: 'organisation.drop-lost-edits', subjects: ['organisation'] };
      return done.ok ? answer(c) : refuse(c, audit, act, done.error);
    },
  );
  routes.post(
    '/test-send',
    describe({
      summary: 'Sends the asking person a test message by one channel, and says what became of it',
      tag: 'administration',
      session: true,
      body: testSendSchema,
      answer: testSentSchema,
      problems: ['malformed', 'forbidden', 'rate-limited'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, testSendSchema);
      if (!body.ok) return body.error;
      const action = 'organisation.test-send';
      const no = await denied(c, action);
      if (no !== null) return no;
      const actor = c.get('actor');
      const channel = channels.find(({ name }) => name === body.value.channel);
      if (channel === undefined) return c.json({ outcome: 'not-configured' });
      const waitSeconds = limiter.take(actor.person, actor.at);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const alert = announcementIdOf(`${randomUUID()}:test` as EventId, actor.person);
      const message: AlertMessage = {
        type: 'alert',
        alerts: [alert],
        idempotencyKey: alert,
        tag: alert,
        about: 'test',
        urgency: 'urgent',
        language: await deps.languageOf(actor.person),
        departmentName: directory().organisation?.name.slice(0, 80) ?? '',
        reference: null,
        open: '/admin/organisation',
        canBeAcknowledged: false,
        sentAt: actor.at,
      };
      const addresses = await channel.addressesOf(actor.person);
      // Before anything goes out.
      await audit.recordWrite(actor, { action, subjects: [actor.person] });
      const outcomes = await Promise.all(addresses.map((address) => channel.send(address, message)));
      return c.json({ outcome: summaryOf(outcomes) });
    },
  );
  return routes;
}
