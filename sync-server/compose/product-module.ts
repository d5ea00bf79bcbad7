import { hkdfSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openAlerts } from '#server/alerts/open-alerts.ts';
import type { AlertPlanner } from '#server/alerts/planner.ts';
import type { PushSender } from '#server/alerts/push-sender.ts';
import type { Subscriptions } from '#server/alerts/subscriptions.ts';
import type { Acknowledge } from '#server/alerts/token-acts.ts';
import type { AlertTokens } from '#server/alerts/tokens.ts';
import { openAttachments, type Attachments } from '#server/attachments/open-attachments.ts';
import { createAccessRequestWatch } from '#server/auth/openid/access-request-watch.ts';
import { createAccessRequests } from '#server/auth/openid/access-requests.ts';
import { openAdministration } from '#server/directory/administration.ts';
import { createClaims } from '#server/escalation/claims.ts';
import { createConsultLoader } from '#server/escalation/consult-loader.ts';
import { openEscalation, type Escalation } from '#server/escalation/open-escalation.ts';
import { swapsOf } from '#server/rota/rota-module.ts';
import { createRotaWatch, type RotaWatch } from '#server/rota/rota-watch.ts';
import { openParcels } from '#server/parcels/open-parcels.ts';
import { openPatients, type Patients } from '#server/patients/open-patients.ts';
import type { OpenModule, ServerModule, ServerParts } from '#server/ops/server-module.ts';
import { maxPushBytes } from '#shared/sync/protocol.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { takesByAcknowledging } from '#shared/consult/permissions.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { systemScheduler, type Scheduler } from '#server/sync/scheduler.ts';
import { createSync, type Sync } from '#server/sync/sync.ts';
import type { SystemFact } from '#server/sync/system-facts.ts';

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
  readonly patients: Patients;
  readonly attachments: Attachments;
  readonly planner: AlertPlanner;
  readonly escalation: Escalation;
  readonly engine: Escalation['engine'];
  readonly rota: RotaWatch;
  readonly access: ReturnType<typeof createAccessRequestWatch>;
  readonly subscriptions: Subscriptions;
  readonly tokens: AlertTokens;
}

const planEveryMs = 250;
const rotaEveryMs = 10_000;
const accessEveryMs = 30_000;
/** A push request body may be this much larger than its events: the JSON around them. */
const pushRequestSlackBytes = 64 * 1024;

const keyFor = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32));

/** Sync, alerts and escalation, fitted together around one feed. */
export async function openProduct(parts: ServerParts, options: ProductOptions = {}): Promise<Product> {
  const { clock, devices, logger, store } = parts;
  const scheduler = options.scheduler ?? systemScheduler;
  const gateway = options.gateway ?? randomUUID();
  const directory = () => parts.directory.current();

  const parcels = openParcels(parts);

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
    signatures: parcels.signingKeys,
    snapshotPath: parts.cacheFolder === null ? null : join(parts.cacheFolder, 'scope-index'),
    onSessionEnded: (session, ended) => parts.sessions.onEnded(session, ended),
    isDeviceRevoked: (device) => devices.isRevoked(device),
    onDeviceRevoked: (device, told) => devices.onRevoked(device, told),
    isDeviceUsedBy: (device, person) => devices.isUsedBy(device, person),
    onUnsent: (owner, unsent, at) => devices.reported(owner, unsent, at),
    watcherLateSeconds: () => escalation.watch.lateSeconds(),
    closing: parts.closing,
  });

  async function eventsOf(consult: string) {
    const held = await store.database('consults').get(consult);
    return held === null ? null : eventDocumentSchema.parse(held.body).events;
  }
  const acknowledge: Acknowledge = async ({ consult, person, device, eventId, promiseMinutes, cause }) => {
    const events = (await eventsOf(consult)) ?? [];
    const told = events.find(({ id }) => id === cause);
    // As it was when they were told. Who may not take it, such as the head of a department above, acknowledges all the same.
    const known = projectConsult(events.filter(({ n = 0 }) => told?.n === undefined || n <= told.n));
    const who = directory().people.get(person);
    const assignSelf =
      known !== null && who !== undefined && takesByAcknowledging(known, who, directory(), clock.now());
    const outcome = await sync.acceptOwn({
      id: eventId,
      consult,
      person,
      device,
      type: 'acknowledged',
      body: { promiseMinutes, assignSelf },
      via: 'notification',
      ...(told?.n === undefined ? {} : { base: told.n }),
    });
    if (outcome.outcome !== 'accepted' && outcome.outcome !== 'duplicate') return null;
    const projected = projectConsult((await eventsOf(consult)) ?? []);
    const entry = projected?.timeline.find(({ event }) => event.id === eventId);
    return { receivedAt: outcome.receivedAt, tookEffect: entry?.withoutEffect === null };
  };
  const record = async (id: ConsultId, build: (consult: Consult) => readonly SystemFact[]): Promise<void> => {
    await sync.appendSystemEvents({ kind: 'consult', id }, build);
  };
  const alerts = openAlerts({
    parts,
    tokenKey: keyFor(parts.keys.session, 'alert tokens'),
    pushSender: options.pushSender,
    load: async (id) => projectConsult((await eventsOf(id)) ?? []),
    acknowledge,
    record,
    loads: sync.loads,
    gateway,
    accountsSince: await store.database('accounts').position(),
  });
  const { planner, announcer } = alerts;
  // A revoked device is called no more, and answers no call.
  devices.destroysWith(async (device, people) => {
    for (const person of people) await alerts.subscriptions.remove(person, device);
  });
  devices.destroysWith(async (device, people, at) => {
    for (const person of people) await parcels.signingKeys.end({ person, device }, at);
  });

  const facts = {
    clock,
    logger,
    directory,
    claims: createClaims(store.database('claims'), gateway),
    load: createConsultLoader(store.database('consults')),
    record,
  };
  const escalation = openEscalation({
    ...facts,
    store,
    gateway,
    metrics: parts.metrics,
    heartbeatUrl: parts.heartbeatUrl,
  });
  const rota = createRotaWatch({
    ...facts,
    announcer,
    meta: store.database('meta'),
    swaps: swapsOf(parts),
    reach: alerts.reach,
  });

  const access = createAccessRequestWatch({
    requests: createAccessRequests(store.database('accounts')),
    accounts: parts.accounts,
    directory,
    announcer,
    clock,
    logger,
  });

  const administration = openAdministration({ parts, sync, channels: alerts.channels });
  sync.onConsult((consult) => {
    administration.takeConsult(consult);
    escalation.consider(consult);
    rota.consider(consult);
    planner.consultChanged(consult);
  });
  const patients = openPatients(parts, sync);
  const attachments = openAttachments(parts, sync, { scheduler });
  await sync.start();
  patients.start();
  const stops = [
    scheduler.every(planEveryMs, () => planner.tick()),
    scheduler.every(rotaEveryMs, () => void rota.tick()),
    scheduler.every(accessEveryMs, () => void access.tick()),
    escalation.start(scheduler),
  ];
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
    patients,
    attachments,
    planner,
    escalation,
    engine: escalation.engine,
    rota,
    access,
    subscriptions: alerts.subscriptions,
    tokens: alerts.tokens,
    features: [
      {
        path: '/api/sync',
        access: 'session',
        routes: sync.routes,
        evenOnRevokedDevice: ['/api/sync/push', '/api/sync/receipts'],
        maxBodyBytes: maxPushBytes + pushRequestSlackBytes,
      },
      ...alerts.features,
      ...administration.features,
      ...patients.features,
      ...attachments.features,
      ...parcels.features({
        state: () => sync.state(),
        async carried(owner, ...rest) {
          const outcomes = await sync.carried(owner, ...rest);
          const arrived = outcomes.filter(({ outcome }) => outcome === 'accepted').length;
          // It is not expected of that tablet any more.
          if (arrived > 0) devices.arrived(owner, arrived, clock.now());
          return outcomes;
        },
      }),
    ],
    checks: [{ name: 'sync', isReady: () => sync.state().phase === 'ready' }, escalation.check],
    async close() {
      for (const stop of stops) stop();
      await escalation.watch.idle();
      await planner.idle();
      await alerts.close();
      await administration.close();
      await attachments.close();
      await patients.close();
      await sync.stop();
    },
  };
}

export const productModule =
  (options: ProductOptions = {}): OpenModule =>
  (parts) =>
    openProduct(parts, options);
