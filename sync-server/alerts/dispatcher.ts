import type { Logger } from 'pino';
import type { Alert, AlertFact, AlertKind } from '#shared/alert/alert.ts';
import { alertOf, planAlerts, type PlannedAlert } from '#shared/alert/plan.ts';
import { standDown } from '#shared/alert/stand-down.ts';
import type { PushPayload } from '#shared/alert/protocol.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';
import type { PushSender } from './push-sender.ts';
import type { DeviceSubscription, Subscriptions } from './subscriptions.ts';
import type { AlertTokens } from './tokens.ts';

export interface DispatcherDeps {
  readonly book: AlertBook;
  readonly subscriptions: Subscriptions;
  readonly tokens: AlertTokens;
  readonly sender: PushSender;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Turns what happened to consults into alerts and sends them. Safe to call twice with the same events, also from two gateways. */
export interface Dispatcher {
  consultChanged(consult: Consult, newEvents: readonly StampedEvent[]): Promise<void>;
  /** Sends alerts again that were planned and never sent: their gateway died in between. */
  sendAgain(consult: Consult, alerts: readonly Alert[]): Promise<void>;
}

/** Alerts that a tap on the notification can answer. */
const canBeAcknowledged: ReadonlySet<AlertKind> = new Set([
  'new-consult',
  'assigned',
  'reassigned',
  'redirected',
  'reopened',
  'due-soon',
  'breached',
  'escalated',
]);

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { book, subscriptions, tokens, sender, clock, logger } = deps;

  function payloadFor(
    alert: Alert,
    to: DeviceSubscription,
    type: PushPayload['type'],
    consult: Consult,
  ): PushPayload {
    const acknowledges =
      type === 'alert' &&
      to.deviceKind === 'personal' &&
      canBeAcknowledged.has(alert.about) &&
      consult.status === 'submitted';
    return {
      v: 1,
      type,
      // One notification per consult and device: a repeat replaces what it repeats.
      tag: `consult:${alert.consult}`,
      about: alert.about,
      urgency: alert.urgency,
      departmentName: deps.directory().departments.get(alert.department)?.name ?? '',
      open: `/consult/${alert.consult}`,
      receipt: tokens.issue({ use: 'receipt', alert: alert.id, device: to.device }),
      acknowledge: acknowledges
        ? tokens.issue({ use: 'acknowledge', alert: alert.id, device: to.device })
        : null,
      sentAt: clock.now(),
    };
  }

  async function sendOne(
    alert: Alert,
    to: DeviceSubscription,
    type: PushPayload['type'],
    consult: Consult,
    attempt: number,
  ): Promise<AlertFact> {
    const payload = payloadFor(alert, to, type, consult);
    const outcome = await sender.send(to.subscription, { payload, urgency: alert.urgency });
    if (outcome.type === 'gone') await subscriptions.remove(to.person, to.device, to.subscription.endpoint);
    if (outcome.type === 'failed')
      logger.warn({ status: outcome.status, about: alert.about }, 'push not taken');
    return {
      fact: type === 'alert' ? 'sent' : 'stood-down',
      channel: 'push',
      device: to.device,
      attempt,
      outcome: outcome.type,
      at: clock.now(),
    };
  }

  async function send(alert: Alert, type: PushPayload['type'], consult: Consult): Promise<void> {
    const attempt = alert.facts
      .filter((fact) => fact.fact === 'sent')
      .reduce((most, fact) => Math.max(most, fact.attempt + 1), 0);
    const to = await subscriptions.of(alert.recipient);
    const facts = await Promise.all(
      to.map((subscription) => sendOne(alert, subscription, type, consult, attempt)),
    );
    if (facts.length === 0 && type === 'alert') {
      facts.push({ fact: 'sent', channel: 'push', device: null, attempt, outcome: 'none', at: clock.now() });
    }
    if (facts.length > 0) await book.add(alert.id, facts);
  }

  /** One recipient's failure keeps nobody else from being called. */
  async function sendAll(
    alerts: readonly Alert[],
    type: PushPayload['type'],
    consult: Consult,
  ): Promise<void> {
    const results = await Promise.allSettled(alerts.map((alert) => send(alert, type, consult)));
    for (const result of results)
      if (result.status === 'rejected') logger.error({ err: result.reason as unknown }, 'alert not sent');
  }

  async function alert(consult: Consult, planned: readonly PlannedAlert[]): Promise<void> {
    const created = await book.create(planned.map((one) => alertOf(one, clock.now())));
    await sendAll(created, 'alert', consult);
  }

  async function closeNotifications(consult: Consult, newEvents: readonly StampedEvent[]): Promise<void> {
    const alerts = await book.ofConsult(consult.id);
    const over = new Set(standDown({ consult, newEvents, alerts }));
    const open = alerts.filter(
      ({ id, facts }) => over.has(id) && !facts.some((fact) => fact.fact === 'stood-down'),
    );
    // One message closes the consult's notification on a device, however many alerts stand behind it.
    const perPerson = new Map(open.map((one) => [one.recipient, one]));
    await sendAll([...perPerson.values()], 'stand-down', consult);
    const rest = open.filter((one) => perPerson.get(one.recipient) !== one);
    const at = clock.now();
    await Promise.all(
      rest.map((one) =>
        book.add(one.id, [
          { fact: 'stood-down', channel: 'in-app', device: null, attempt: 0, outcome: 'ok', at },
        ]),
      ),
    );
  }

  return {
    async consultChanged(consult, newEvents) {
      await closeNotifications(consult, newEvents);
      await alert(consult, planAlerts({ consult, newEvents, directory: deps.directory(), at: clock.now() }));
    },
    async sendAgain(consult, alerts) {
      await sendAll(alerts, 'alert', consult);
    },
  };
}
