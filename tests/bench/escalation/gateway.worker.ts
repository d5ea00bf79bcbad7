import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import pino from 'pino';
import { compose, openStore, type ComposedServer } from '#server/compose.ts';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import type { StoreConfig } from '#server/config.ts';
import { createSubscriptions } from '#server/alerts/subscriptions.ts';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { makeSecret, openKeys } from '#server/keys/keys.ts';
import { secretNames, type SecretTexts } from '#server/keys/secret-names.ts';
import { keepHeapSmall } from '#server/ops/heap.ts';
import { designDocumentsFolder } from '#server/store/design-documents.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { instant, instantToMs, msToInstant, type Clock, type Instant } from '#shared/lib/instant.ts';
import { alertIdOf } from '#shared/alert/plan.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import { projectConsult } from '#shared/consult/project.ts';

import { testPasswordCost } from '#tests/server.ts';
import { serveCalls } from '../calls.ts';
import { alertsOf } from '../corpus-alerts.ts';
import { buildHospital, deviceOf } from '../hospital.ts';
import { createProfiler } from '../server/profile.ts';
import { openConsults, type DueConsult } from './open-consults.ts';

/** A gateway in a process of its own whose clock stands still until it is told to run: what is due is due in a run as in the next. */

/** What was fired of one consult. */
export interface Firings {
  readonly urgency: Urgency;
  /** Of each step in its timeline, in order, the alerts of everybody it names. */
  readonly steps: readonly (readonly string[])[];
}

const endless = { burst: 1e9, perSecond: 1e9 };
const batchSize = 500;

let store: DocumentStore | null = null;
let server: ComposedServer | null = null;
let product: Product | null = null;
const profiler = createProfiler();
/** When each consult's first step stood in its timeline, as this gateway's feed brought it. */
const stoodAt = new Map<string, Instant>();
const stepsOf = new Map<string, number>();
let stepsSeen = 0;
/** When this gateway first handed a push about each alert to the service. */
const pushedAt = new Map<string, Instant>();
let stoppedAt: Instant = msToInstant(0);
let offsetMs: number | null = null;
let tellsPushes = false;
/** Real time, moved by `offsetMs`; before `run` it stands at `stoppedAt`. */
const clock: Clock = {
  now: () => (offsetMs === null ? stoppedAt : msToInstant(Math.round(Date.now() + offsetMs))),
};

async function secretsOf(folder: string): Promise<SecretTexts> {
  const path = join(folder, 'secrets.json');
  await mkdir(folder, { recursive: true });
  if (!existsSync(path)) {
    const made = Object.fromEntries(secretNames.map((name) => [name, makeSecret(name)]));
    await writeFile(path, JSON.stringify(made), { mode: 0o600 });
  }
  return JSON.parse(await readFile(path, 'utf8')) as SecretTexts;
}

/** A message may stand for several routine alerts; its receipt names them all. */
function notePush(receipt: string): void {
  const token = product?.tokens.open(receipt);
  if (token === undefined || token === null) throw new Error('a push without a receipt');
  const at = clock.now();
  const fresh = [token.alert, ...(token.also ?? [])].filter((alert) => !pushedAt.has(alert));
  for (const alert of fresh) pushedAt.set(alert, at);
  // What a gateway pushed must be known after it was killed.
  if (tellsPushes && fresh.length > 0) process.send?.({ pushed: { alerts: fresh, at } });
}

const opened = (): DocumentStore => {
  if (store === null) throw new Error('the store is not open');
  return store;
};

const methods = {
  async fill({
    config,
    consults,
    due,
    windowStartsAt,
    windowMs,
    isSubscribed,
  }: {
    config: StoreConfig;
    consults: number;
    due: number;
    windowStartsAt: string;
    windowMs: number;
    isSubscribed: boolean;
  }): Promise<DueConsult[]> {
    store = await openStore(config, designDocumentsFolder);
    const hospital = buildHospital(instant(windowStartsAt));
    const write = async (
      name: 'directory' | 'patients' | 'consults' | 'alerts',
      documents: { id: string; body: object }[],
    ) => {
      if (documents.length === 0) return;
      const outcomes = await opened()
        .database(name)
        .write(documents.map(({ id, body }) => ({ id, body: { ...body } })));
      if (outcomes.some(({ type }) => type !== 'written')) throw new Error('not written');
    };
    await write(
      'directory',
      hospital.documents.map((body) => ({ id: body.id, body })),
    );
    if (isSubscribed) {
      const subscriptions = createSubscriptions(opened().database('accounts'));
      for (const person of hospital.people)
        await subscriptions.put({
          person: person.id,
          device: deviceOf(person),
          deviceKind: 'personal',
          subscription: {
            endpoint: `https://push.test/${person.id}`,
            keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
          },
          at: instant(windowStartsAt),
        });
    }
    const dues: DueConsult[] = [];
    let writing: Promise<unknown> = Promise.resolve();
    let held: { id: string; body: object }[] = [];
    let alerts: { id: string; body: object }[] = [];
    let patients: { id: string; body: object }[] = [];
    for (const one of openConsults(hospital, {
      consults,
      due,
      windowStartsAt: instant(windowStartsAt),
      windowMs,
    })) {
      held.push(one.consult);
      alerts.push(...alertsOf(hospital, one.events, true));
      if (one.patient !== null) patients.push(one.patient);
      if (one.due !== null) dues.push(one.due);
      if (held.length < batchSize) continue;
      // The next batch is made while the disk takes this one.
      await writing;
      writing = Promise.all([write('consults', held), write('patients', patients), write('alerts', alerts)]);
      alerts = [];
      held = [];
      patients = [];
    }
    await writing;
    await write('consults', held);
    await write('patients', patients);
    await write('alerts', alerts);
    await opened().close();
    store = null;
    return dues;
  },

  /** Resolves when the product has read what is there; its clock stands at `at`. */
  async start({
    config,
    folder,
    secretsFolder,
    gateway,
    at,
    tellsPushes: tells = false,
  }: {
    config: StoreConfig;
    folder: string;
    /** Gateways of one store share their secrets. */
    secretsFolder: string;
    gateway: string;
    at: string;
    /** Each push is told to the parent as it leaves. */
    tellsPushes?: boolean;
  }) {
    stoppedAt = instant(at);
    tellsPushes = tells;
    // As the server's own program does.
    keepHeapSmall();
    store = await openStore(config, designDocumentsFolder);
    await mkdir(folder, { recursive: true });
    const logger = pino({ level: 'warn' }, pino.destination(join(folder, `${gateway}.log`)));
    const keys = await openKeys({
      meta: opened().database('meta'),
      given: await secretsOf(secretsFolder),
      mayMake: false,
      folder: join(folder, 'unused'),
    });
    if (!keys.ok) throw new Error(keys.error.type);
    server = await compose({
      store: opened(),
      keys: keys.value,
      clock,
      logger,
      publicOrigin: 'http://localhost:1',
      vapidSubject: 'mailto:it@hospital.test',
      pushServices: null,
      trustedProxyHops: 0,
      showsMetrics: false,
      cacheFolder: join(folder, 'cache'),
      passwordCost: testPasswordCost,
      rateLimits: { session: endless, signIn: endless },
      staticFiles: loadStaticFiles('/nowhere'),
      demoSignIns: null,
      modules: [
        async (parts) => {
          product = await openProduct(parts, {
            gateway,
            pushSender: {
              send(_subscription, { payload }) {
                if (payload.type === 'alert') notePush(payload.receipt);
                return Promise.resolve({ type: 'ok' });
              },
            },
          });
          product.sync.onConsult((consult) => {
            const steps = consult.timeline.filter(({ event }) => event.type === 'escalated').length;
            if (steps === 0) return;
            stepsSeen += steps - (stepsOf.get(consult.id) ?? 0);
            stepsOf.set(consult.id, steps);
            if (!stoodAt.has(consult.id)) stoodAt.set(consult.id, clock.now());
          });
          return product;
        },
      ],
    });
    return process.memoryUsage.rss();
  },

  /** From now on the clock runs, beginning where it stands. */
  run: () => void (offsetMs = instantToMs(stoppedAt) - Date.now()),
  now: () => clock.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  /** The most this process ever held, and what it holds. */
  memory: () => ({ rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 }),
  collect() {
    globalThis.gc?.();
    return process.memoryUsage();
  },
  /** As if somebody set the clock forward. */
  jump: ({ ms }: { ms: number }) => void (offsetMs = (offsetMs ?? 0) + ms),
  stoodCount: () => stoodAt.size,
  counts: () => ({ stood: stoodAt.size, steps: stepsSeen, pushed: pushedAt.size }),
  async heapSnapshot({ path }: { path: string }) {
    globalThis.gc?.();
    await mkdir(dirname(path), { recursive: true });
    writeHeapSnapshot(path);
  },
  stood: () => [...stoodAt].map(([id, at]) => ({ id, at })),
  pushed: () => [...pushedAt].map(([alert, at]) => ({ alert, at })),
  profileStart: () => profiler.start(),
  profileStop: ({ path }: { path: string }) => profiler.stop(path),

  /** As the store has it now, in the order asked. */
  async firings({ ids }: { ids: readonly string[] }): Promise<Firings[]> {
    const found: Firings[] = [];
    for (let from = 0; from < ids.length; from += batchSize) {
      for (const held of await opened()
        .database('consults')
        .getMany(ids.slice(from, from + batchSize))) {
        const consult = projectConsult(eventDocumentSchema.parse(held?.body).events);
        if (consult === null) throw new Error('a consult that cannot be read');
        const escalated = consult.timeline.filter(({ event }) => event.type === 'escalated');
        found.push({
          urgency: consult.urgency,
          steps: escalated.map(({ event }) =>
            (event.body as ConsultBody<'escalated'>).notified.map(({ person }) =>
              alertIdOf(consult.id, event.id, person),
            ),
          ),
        });
      }
    }
    return found;
  },

  async idle() {
    await product!.sync.caughtUp();
    await product!.planner.idle();
  },
  async stop() {
    server?.beginClosing();
    await server?.close();
    server = null;
  },
};
export type EscalationGatewayMethods = typeof methods;

process.on('disconnect', () => process.exit());
serveCalls(methods);
