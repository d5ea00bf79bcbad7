import { Hono, type Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { defaultMaxBodyBytes, parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import { grantFromHeader, grantHeader } from '#shared/parcel/signing.ts';
import {
  compareAnswerSchema,
  compareRequestSchema,
  documentsAnswerSchema,
  documentsRequestSchema,
  maxPushBytes,
  offerAnswerSchema,
  offerRequestSchema,
  pullAnswerSchema,
  pullRequestSchema,
  pushAnswerSchema,
  pushRequestSchema,
  receiptsAnswerSchema,
  receiptsRequestSchema,
  stateAnswerSchema,
  stateRequestSchema,
  type CollectionName,
} from '#shared/sync/protocol.ts';
import type { ScopeFailure } from '#shared/sync/scope.ts';
import type { Acceptor } from './accept.ts';
import type { Standing } from './consult-index.ts';
import { addHeldBackRoutes, type HeldBackRoutesDeps } from './held-back-routes.ts';
import type { HeldScope } from './held-scope.ts';
import type { OfferTaker } from './offer.ts';
import type { Puller } from './pull.ts';
import type { Reader } from './reader.ts';
import type { Receipts } from './receipts.ts';
import type { StateChecker } from './state.ts';
import type { Streams } from './stream.ts';

export interface SyncRoutesDeps extends HeldBackRoutesDeps {
  readonly isReady: () => boolean;
  readonly scopeOf: (person: PersonId, asOf: Instant) => Result<HeldScope, ScopeFailure>;
  readonly acceptor: Acceptor;
  readonly streams: Streams;
  readonly puller: Puller;
  readonly states: StateChecker;
  readonly offers: OfferTaker;
  readonly receipts: Receipts;
  readonly standing: (collection: CollectionName, id: string, scope: HeldScope) => Standing;
  readonly reader: Reader;
}

/** An offer carries whole documents, a comparison every id a tablet holds. */
const maxOfferBytes = 16 * 1024 * 1024;
const maxCompareBytes = 8 * 1024 * 1024;
const small = { maxBytes: defaultMaxBodyBytes };

const json = (text: string): Response =>
  new Response(text, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });

/** Everything under /api/sync. Every route needs a session. */
export function createSyncRoutes(deps: SyncRoutesDeps): Hono<AppEnv> {
  const { clock, audit, acceptor } = deps;
  const routes = new Hono<AppEnv>();
  const common = { tag: 'sync', session: true } as const;

  routes.use(
    createMiddleware<AppEnv>(async (c, next) => {
      if (!deps.isReady()) return problem(c, 'unavailable', { retryAfterSeconds: 2 });
      return next();
    }),
  );
  /** The asking person's scope now, or the finished refusal. */
  function scopeOf(c: Context<AppEnv>): Result<HeldScope, Response> {
    const scope = deps.scopeOf(c.get('actor').person, clock.now());
    if (scope.ok) return scope;
    const isOurs = scope.error.type === 'directory-not-loaded';
    return {
      ok: false,
      error: isOurs ? problem(c, 'unavailable', { retryAfterSeconds: 2 }) : problem(c, 'forbidden'),
    };
  }

  /** Recorded before the answer leaves. The staff directory is everyone's and is not recorded. */
  async function recordRead(
    c: Context<AppEnv>,
    action: string,
    collection: CollectionName,
    subjects: readonly string[],
  ): Promise<void> {
    if (subjects.length === 0 || collection === 'directory') return;
    await audit.recordRead(c.get('actor'), { action: `${action}.${collection}`, subjects });
  }

  routes.post(
    '/push',
    describe({
      ...common,
      summary: 'Hands in what a person wrote; one outcome per item, in order.',
      body: pushRequestSchema,
      answer: pushAnswerSchema,
      problems: ['malformed', 'too-large', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, pushRequestSchema, {
        maxBytes: maxPushBytes,
        allowUnsafeKeys: true,
      });
      if (!body.ok) return body.error;
      const grant = grantFromHeader(c.req.header(grantHeader));
      const outcomes = await acceptor.push(c.get('actor'), body.value, c.get('session').knownSince, grant);
      return c.json({ outcomes, asOf: clock.now() });
    },
  );

  routes.post(
    '/pull',
    describe({
      ...common,
      summary: 'The next page of a collection from a checkpoint.',
      body: pullRequestSchema,
      answer: pullAnswerSchema,
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, pullRequestSchema, small);
      if (!body.ok) return body.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const actor = c.get('actor');
      const asOf = clock.now();
      const { collection } = body.value;
      const page = await deps.puller.pull(body.value, scope.value, asOf, (name, seq) =>
        deps.streams.pulled(actor.session, name, seq),
      );
      await recordRead(c, 'sync.pull', collection, page.contentOf);
      return json(page.text);
    },
  );

  routes.post(
    '/documents',
    describe({
      ...common,
      summary: 'Documents by id; what is out of scope and what is not there both come back as gone.',
      body: documentsRequestSchema,
      answer: documentsAnswerSchema,
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, documentsRequestSchema, { maxBytes: 512 * 1024 });
      if (!body.ok) return body.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const { collection, ids } = body.value;
      const asked = [...new Set(ids)].map((id) => ({
        id,
        gone: deps.standing(collection, id, scope.value) !== 'in',
      }));
      const asOf = clock.now();
      const page = await deps.reader.read(collection, asked);
      await recordRead(c, 'sync.documents', collection, page.contentOf);
      return json(`{"documents":[${page.texts.join(',')}],"asOf":"${asOf}"}`);
    },
  );

  routes.post(
    '/state',
    describe({
      ...common,
      summary: 'Do tablet and server agree on what should be on the tablet?',
      body: stateRequestSchema,
      answer: stateAnswerSchema,
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, stateRequestSchema, small);
      if (!body.ok) return body.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const answer = await deps.states.check(body.value, scope.value);
      return c.json({ ...answer, asOf: clock.now() });
    },
  );

  routes.post(
    '/compare',
    describe({
      ...common,
      summary: 'After a disagreement: what to fetch, what to offer back, what to drop.',
      body: compareRequestSchema,
      answer: compareAnswerSchema,
      problems: ['malformed', 'too-large', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, compareRequestSchema, { maxBytes: maxCompareBytes });
      if (!body.ok) return body.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const answer = await deps.states.compare(body.value, scope.value);
      return c.json({ ...answer, asOf: clock.now() });
    },
  );

  routes.post(
    '/offer',
    describe({
      ...common,
      summary: 'Gives back sealed events that the server has lost, whoever wrote them.',
      body: offerRequestSchema,
      answer: offerAnswerSchema,
      problems: ['malformed', 'too-large', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, offerRequestSchema, { maxBytes: maxOfferBytes });
      if (!body.ok) return body.error;
      const { collection, documents } = body.value;
      const kind = collection === 'consults' ? 'consult' : 'patient';
      // Before anything is written: what comes back names its authors, and only this entry who brought it.
      const lost = await deps.offers.missing(kind, documents);
      if (lost.length > 0)
        await audit.recordWrite(c.get('actor'), { action: `sync.offer.${collection}`, subjects: lost });
      const taken = await deps.offers.take(kind, documents);
      return c.json({ taken, asOf: clock.now() });
    },
  );

  routes.post(
    '/receipts',
    describe({
      ...common,
      summary: 'What became of events whose answer was lost; null: send it again.',
      body: receiptsRequestSchema,
      answer: receiptsAnswerSchema,
      problems: ['malformed', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, receiptsRequestSchema, small);
      if (!body.ok) return body.error;
      const outcomes = await deps.receipts.of(c.get('actor').person, body.value.ids);
      return c.json({ outcomes, asOf: clock.now() });
    },
  );

  routes.get(
    '/stream',
    describe({
      ...common,
      summary: 'Changes as they happen, for all collections.',
      otherAnswer: {
        mediaType: 'text/event-stream',
        description: 'Server-sent events; each `data` is one stream message as JSON.',
      },
      problems: ['forbidden', 'unavailable'],
    }),
    (c) => {
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const { endsAt } = c.get('session');
      const body = deps.streams.open(c.get('actor'), scope.value, endsAt);
      return new Response(body, {
        headers: {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store, no-transform',
          // A proxy that gathers would keep a change from the tablet.
          'x-accel-buffering': 'no',
        },
      });
    },
  );

  addHeldBackRoutes(routes, deps);
  return routes;
}
