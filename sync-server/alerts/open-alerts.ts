import { Hono } from 'hono';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultId, PersonId } from '#shared/lib/id.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import type { Seq } from '#server/store/port.ts';
import { createAdmit } from './admit.ts';
import { createAlertBook } from './alert-book.ts';
import { countedBook } from './alert-load.ts';
import type { SystemFact } from '#server/sync/system-facts.ts';
import { createAnnouncer, type Announcer } from './announcer.ts';
import type { AlertChannel } from './channel.ts';
import { withLanes } from './channel-lanes.ts';
import { createContacts } from './contacts.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { withDemoPhones } from './demo-phones.ts';
import { addDeviceRoutes } from './device-routes.ts';
import { createDispatcher } from './dispatcher.ts';
import { createHeard } from './heard.ts';
import { createLeads } from './leads.ts';
import { createMailChannel } from './mail-channel.ts';
import { addPersonRoutes } from './person-routes.ts';
import { createAlertPlanner, type AlertPlanner } from './planner.ts';
import { createPersonMemos, rememberedContacts, rememberedSubscriptions } from './person-memos.ts';
import { createPushChannel } from './push-channel.ts';
import { onlyServices, publicOrLoopback } from './push-endpoints.ts';
import type { PushSender } from './push-sender.ts';
import { createReach, type Reach } from './reach.ts';
import { addReachabilityRoute, type Loads } from './reachability-routes.ts';
import { createSentLog } from './sent-log.ts';
import { sentPage } from './sent-page.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { createTokenActs, type Acknowledge } from './token-acts.ts';
import { tokenFeature } from './token-routes.ts';
import { createAlertTokens, type AlertTokens } from './tokens.ts';
import { createWebPushSender } from './web-push-sender.ts';
import { createWebhookChannel } from './webhook-channel.ts';
import { webhookFeature } from './webhook-routes.ts';

export interface AlertsDeps {
  readonly parts: ServerParts;
  /** For tokens in notifications; a gateway of the same hospital has the same. */
  readonly tokenKey: Uint8Array;
  /** Tests bring one that reaches their push service. */
  readonly pushSender: PushSender | undefined;
  readonly load: (id: ConsultId) => Promise<Consult | null>;
  readonly acknowledge: Acknowledge;
  /** Puts facts of the server into a consult's timeline; the same id twice changes nothing. */
  readonly record: (consult: ConsultId, build: (now: Consult) => readonly SystemFact[]) => Promise<void>;
  readonly loads: Loads;
  /** Marks this process among the gateways of the hospital. */
  readonly gateway: string;
  /** A place in the feed of `accounts` before anything was read here. */
  readonly accountsSince: Seq;
}

export interface Alerts {
  readonly planner: AlertPlanner;
  readonly delivery: Delivery;
  readonly announcer: Announcer;
  readonly reach: Pick<Reach, 'channelsOf' | 'isOneWay'>;
  readonly subscriptions: Subscriptions;
  readonly tokens: AlertTokens;
  readonly features: readonly Feature[];
  /** Ways out of the app, as this installation has them. */
  readonly channels: readonly AlertChannel[];
  /** When nothing is under way any more. */
  close(): Promise<void>;
}

const pushTimeoutMs = 10_000;

/** Everything about alerts, fitted together: planning, channels, the ladder, receipts, and what people say about themselves. */
export function openAlerts(deps: AlertsDeps): Alerts {
  const { parts, load } = deps;
  const { clock, logger, store, publicOrigin } = parts;
  const directory = () => parts.directory.current();
  const acceptsEndpoint = parts.pushServices === null ? publicOrLoopback : onlyServices(parts.pushServices);
  const accounts = store.database('accounts');
  const { book, load: alertLoad } = countedBook(
    createAlertBook(store.database('alerts'), deps.gateway),
    clock,
  );
  const memos = createPersonMemos({ accounts, since: deps.accountsSince, clock, logger });
  const subscriptions = rememberedSubscriptions(createSubscriptions(accounts), memos);
  const storedContacts = createContacts(accounts);
  const contacts = rememberedContacts(storedContacts, memos);
  const heard = createHeard(accounts);
  const tokens = createAlertTokens(deps.tokenKey);
  const emailOf = async (person: PersonId): Promise<string | null> =>
    (await parts.accounts.get(person))?.email ?? null;

  const sender =
    deps.pushSender ??
    createWebPushSender({
      acceptsEndpoint,
      vapid: { ...parts.keys.vapid, subject: parts.vapidSubject },
      timeoutMs: pushTimeoutMs,
      publicOrigin,
      clock,
    });
  const { mail, webhook } = parts.outside;
  const mailChannel =
    mail === null ? null : createMailChannel({ config: mail, publicOrigin, emailOf, logger });
  const smsChannel =
    webhook === null
      ? null
      : createWebhookChannel({
          config: webhook,
          publicOrigin,
          mobileOf: async (person) => (await contacts.of(person)).mobile,
          clock,
          logger,
        });
  const sentLog = parts.isDemo ? createSentLog(clock) : null;
  const fitted = (channel: AlertChannel): AlertChannel =>
    withLanes(sentLog === null ? channel : sentLog.around(channel));
  const webPush = createPushChannel({ subscriptions, tokens, sender });
  const push = fitted(
    parts.isDemo
      ? withDemoPhones(webPush, {
          book,
          heard,
          hasSignedIn: (person) => heard.hasSignedIn(person),
          clock,
        })
      : webPush,
  );
  const channels = [push, ...[smsChannel, mailChannel].flatMap((one) => (one === null ? [] : [fitted(one)]))];
  const available: OutsideChannel[] = channels.map(({ name }) => name);

  const reach = createReach({ channels, contacts, heard, directory, clock });
  const admit = createAdmit({ record: deps.record, directory, clock, logger });
  const leads = createLeads({ database: store.database('claims'), gateway: deps.gateway, clock, logger });
  const delivery = createDelivery({
    book,
    channels,
    reach,
    heard,
    directory,
    load,
    admit,
    leads,
    clock,
    logger,
  });
  const announcer = createAnnouncer({ book, delivery, clock });
  const dispatcher = createDispatcher({ book, push, delivery, directory, admit, clock });
  const planner = createAlertPlanner({ book, dispatcher, delivery, load, clock, logger });
  const tokenActs = createTokenActs({
    book,
    tokens,
    clock,
    heard,
    acknowledge: deps.acknowledge,
    async isTrusted(person, device) {
      if (directory().people.get(person)?.active !== true) return false;
      return (await subscriptions.of(person)).some((subscription) => subscription.device === device);
    },
  });

  parts.metrics.gauge({
    name: 'hc_alerts_last_hour',
    help: 'Alerts this gateway made in the last 60 minutes.',
    read: () => alertLoad.lastHour(),
  });
  parts.metrics.gauge({
    name: 'hc_alerts_most_of_one_person_last_hour',
    help: 'Of them, those to whoever got most: people who are called too often stop listening.',
    read: () => alertLoad.mostOfOnePerson(),
  });
  parts.metrics.gauge({
    name: 'hc_alerts_waiting',
    help: 'Alerts that wait for their next look: a receipt, a repeat, the next channel.',
    read: () => delivery.size,
  });

  const routes = new Hono<AppEnv>();
  addDeviceRoutes(routes, {
    subscriptions,
    vapidPublicKey: parts.keys.vapid.publicKey,
    clock,
    acceptsEndpoint,
  });
  addPersonRoutes(routes, {
    book,
    // People see their own wishes as they are stored, whoever changed them.
    contacts: {
      of: (person) => storedContacts.of(person),
      put: (...entry) => contacts.put(...entry),
      putLanguage: (...entry) => contacts.putLanguage(...entry),
    },
    heard,
    announcer,
    directory,
    emailOf,
    available,
    ways: reach,
    clock,
  });
  addReachabilityRoute(routes, { ways: reach, book, heard, loads: deps.loads, directory, clock });

  return {
    planner,
    delivery,
    announcer,
    reach,
    subscriptions,
    tokens,
    channels,
    features: [
      { path: '/api/alerts', access: 'session', routes },
      tokenFeature(tokenActs),
      ...(webhook === null ? [] : [webhookFeature({ book, delivery, heard, clock, secret: webhook.secret })]),
      ...(sentLog === null ? [] : [sentPage(sentLog)]),
    ],
    async close() {
      mailChannel?.close();
      await memos.close();
    },
  };
}
