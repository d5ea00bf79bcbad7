import { hkdfSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAlertBook } from '#server/alerts/alert-book.ts';
import { createDispatcher } from '#server/alerts/dispatcher.ts';
import { createAlertPlanner, type AlertPlanner } from '#server/alerts/planner.ts';
import { onlyServices, publicOrLoopback } from '#server/alerts/push-endpoints.ts';
import type { PushSender } from '#server/alerts/push-sender.ts';
import { alertFeatures } from '#server/alerts/routes.ts';
import { createSentLog } from '#server/alerts/sent-log.ts';
import { sentPage } from '#server/alerts/sent-page.ts';
import { createSubscriptions, type Subscriptions } from '#server/alerts/subscriptions.ts';
import { createTokenActs, type Acknowledge } from '#server/alerts/token-acts.ts';
import { createAlertTokens, type AlertTokens } from '#server/alerts/tokens.ts';
import { createWebPushSender } from '#server/alerts/web-push-sender.ts';
import { createClaims } from '#server/escalation/claims.ts';
import { createEscalationEngine, type EscalationEngine } from '#server/escalation/engine.ts';
import { createEscalationWatch, type EscalationWatch } from '#server/escalation/watch.ts';
import type { OpenModule, ServerModule, ServerParts } from '#server/ops/server-module.ts';
import { maxPushBytes } from '#shared/sync/protocol.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import { systemScheduler, type Scheduler } from '#server/sync/scheduler.ts';
import { createSync, type Sync } from '#server/sync/sync.ts';

export interface ProductOptions {
  /** Tests move it by hand. */
  readonly scheduler?: Scheduler;
  /** Tests bring one that reaches their push service. */
  readonly pushSender?: PushSender;
  /** Marks this process in claims. */
  readonly gateway?: string;
}

/** What tests hold on to. */
export interface Product extends ServerModule {
  readonly sync: Sync;
  readonly planner: AlertPlanner;
  readonly engine: EscalationEngine;
  readonly watch: EscalationWatch;
  readonly subscriptions: Subscriptions;
  readonly tokens: AlertTokens;
}

const scanEveryMs = 1_000;
const pushTimeoutMs = 10_000;
/** A push request body may be this much larger than its events: the JSON around them. */
const pushRequestSlackBytes = 64 * 1024;

const keyFor = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32));

/** Sync, alerts and escalation, fitted together around one feed. */
export async function openProduct(parts: ServerParts, options: ProductOptions = {}): Promise<Product> {
  const { clock, logger, store } = parts;
  const scheduler = options.scheduler ?? systemScheduler;
  const gateway = options.gateway ?? randomUUID();
  const directory = () => parts.directory.current();

  const watch = createEscalationWatch(clock);
  const sync = createSync({
    store,
    clock,
    logger,
    scheduler,
    gateway,
    directory: parts.directory,
    audit: parts.audit,
    sealer: parts.sealer,
    epoch: parts.epoch,
    snapshotPath: parts.cacheFolder === null ? null : join(parts.cacheFolder, 'scope-index'),
    onSessionEnded: (session, ended) => parts.sessions.onEnded(session, ended),
    watcherLateSeconds: () => watch.lateSeconds(),
    closing: parts.closing,
  });

  const acceptsEndpoint = parts.pushServices === null ? publicOrLoopback : onlyServices(parts.pushServices);
  const webPush = createWebPushSender({
    acceptsEndpoint,
    vapid: { ...parts.keys.vapid, subject: parts.vapidSubject },
    timeoutMs: pushTimeoutMs,
  });
  const sentLog = parts.isDemo ? createSentLog(options.pushSender ?? webPush, clock) : null;
  const book = createAlertBook(store.database('alerts'));
  const subscriptions = createSubscriptions(store.database('accounts'));
  const tokens = createAlertTokens(keyFor(parts.keys.session, 'alert tokens'));
  const dispatcher = createDispatcher({
    book,
    subscriptions,
    tokens,
    sender: sentLog?.sender ?? options.pushSender ?? webPush,
    directory,
    clock,
    logger,
  });
  const planner = createAlertPlanner({ book, dispatcher, clock, logger });

  async function eventsOf(consult: string) {
    const held = await store.database('consults').get(consult);
    return held === null ? null : eventDocumentSchema.parse(held.body).events;
  }

  const engine = createEscalationEngine({
    clock,
    logger,
    directory,
    claims: createClaims(store.database('claims'), gateway),
    load: eventsOf,
    record: async (id, fact, isStillDue) => {
      // Someone may have acknowledged it since it was read: nobody is woken for what was answered.
      await sync.appendSystemEvents({ kind: 'consult', id }, (consult) =>
        isStillDue(consult) ? [fact] : [],
      );
    },
  });

  const acknowledge: Acknowledge = async ({ consult, person, device, eventId, promiseMinutes, cause }) => {
    const told = (await eventsOf(consult))?.find(({ id }) => id === cause);
    const outcome = await sync.acceptOwn({
      id: eventId,
      consult,
      person,
      device,
      type: 'acknowledged',
      body: { promiseMinutes, assignSelf: true },
      via: 'notification',
      ...(told?.n === undefined ? {} : { base: told.n }),
    });
    if (outcome.outcome !== 'accepted' && outcome.outcome !== 'duplicate') return null;
    const projected = projectConsult((await eventsOf(consult)) ?? []);
    const entry = projected?.timeline.find(({ event }) => event.id === eventId);
    return { receivedAt: outcome.receivedAt, tookEffect: entry?.withoutEffect === null };
  };
  const tokenActs = createTokenActs({
    book,
    tokens,
    clock,
    acknowledge,
    async isTrusted(person, device) {
      if (directory().people.get(person)?.active !== true) return false;
      return (await subscriptions.of(person)).some((subscription) => subscription.device === device);
    },
  });

  sync.onConsult((consult) => {
    engine.consider(consult);
    planner.consultChanged(consult);
  });
  await sync.start();
  const stopScanning = scheduler.every(scanEveryMs, () => {
    planner.tick();
    void engine
      .tick()
      .then(() => watch.scanned(engine.lagSeconds()))
      .catch((error: unknown) => logger.error({ err: error }, 'the escalation scan failed'));
  });
  parts.metrics.gauge({
    name: 'hc_escalation_lag_seconds',
    help: 'How long the most overdue escalation step has waited for this gateway.',
    read: () => engine.lagSeconds(),
  });
  parts.metrics.gauge({
    name: 'hc_streams',
    help: 'Connected tablets.',
    read: () => {
      const state = sync.state();
      return state.phase === 'ready' ? state.streams : 0;
    },
  });

  return {
    sync,
    planner,
    engine,
    watch,
    subscriptions,
    tokens,
    features: [
      {
        path: '/api/sync',
        access: 'session',
        routes: sync.routes,
        maxBodyBytes: maxPushBytes + pushRequestSlackBytes,
      },
      ...alertFeatures({
        subscriptions,
        tokenActs,
        vapidPublicKey: parts.keys.vapid.publicKey,
        clock,
        acceptsEndpoint,
        audit: parts.audit,
      }),
      ...(sentLog === null ? [] : [sentPage(sentLog)]),
    ],
    checks: [
      { name: 'sync', isReady: () => sync.state().phase === 'ready' },
      { name: 'escalation', isReady: () => watch.lateSeconds() === 0 },
    ],
    async close() {
      stopScanning();
      await planner.idle();
      await sync.stop();
    },
  };
}

export const productModule =
  (options: ProductOptions = {}): OpenModule =>
  (parts) =>
    openProduct(parts, options);
