import type { Logger } from 'pino';
import type { Alert, AlertFact, AlertKind } from '#shared/alert/alert.ts';
import { alertOf, planAlerts } from '#shared/alert/plan.ts';
import { nextAttempt, untriedAfterSeconds } from '#shared/alert/retry.ts';
import { mayStandDown, standDown } from '#shared/alert/stand-down.ts';
import type { PushPayload } from '#shared/alert/protocol.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMs, earliest, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';
import { withLanes } from './push-lanes.ts';
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
  /** Resolves with the moment at which `sendDue` should be called for the consult; null: all was sent. */
  consultChanged(consult: Consult, newEvents: readonly StampedEvent[]): Promise<Instant | null>;
  /** Sends alerts again that were planned and never sent: their gateway died in between. As `consultChanged`. */
  sendAgain(consult: Consult, alerts: readonly Alert[]): Promise<Instant | null>;
  /** Repeats what a push service did not take and what was never tried, as far as it is due by the alerts' own facts. As `consultChanged`. */
  sendDue(consult: Consult): Promise<Instant | null>;
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

/** Refusals of the message itself; too many and too late are not. */
const isFinal = (status: number | null): boolean =>
  status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { book, subscriptions, tokens, clock, logger } = deps;
  const sender = withLanes(deps.sender);

  function payloadFor(
    alert: Alert,
    to: DeviceSubscription,
    type: PushPayload['type'],
    consult: Consult,
  ): PushPayload {
    const acknowledges =
      type === 'alert' &&
      to.deviceKind === 'personal' &&
      to.isSignedIn &&
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
      ...(outcome.type === 'failed' && outcome.retryAfterSeconds !== null
        ? { retryAfterSeconds: outcome.retryAfterSeconds }
        : {}),
      ...(outcome.type === 'failed' && isFinal(outcome.status) ? { isFinal: true } : {}),
    };
  }

  /** To `devices`, or to all. The facts as they are stored then; null: the alert is gone. */
  async function sendAlert(
    alert: Alert,
    consult: Consult,
    devices: readonly DeviceId[] | null,
  ): Promise<Alert | null> {
    const attempt = alert.facts
      .filter((fact) => fact.fact === 'sent')
      .reduce((most, fact) => Math.max(most, fact.attempt + 1), 0);
    // Whoever left between planning and a repeat is called no more.
    const isHere = deps.directory().people.get(alert.recipient)?.active === true;
    const to = (isHere ? await subscriptions.reachable(alert.recipient) : []).filter(
      ({ device }) => devices === null || devices.includes(device),
    );
    const facts = await Promise.all(to.map((one) => sendOne(alert, one, 'alert', consult, attempt)));
    if (facts.length === 0) {
      facts.push({ fact: 'sent', channel: 'push', device: null, attempt, outcome: 'none', at: clock.now() });
      // Devices that are gone meanwhile must not be asked for again.
      for (const device of devices ?? [])
        facts.push({ fact: 'sent', channel: 'push', device, attempt, outcome: 'gone', at: clock.now() });
    }
    return book.add(alert.id, facts);
  }

  const soon = (): Instant => addMs(clock.now(), untriedAfterSeconds * 1000);
  const sooner = (a: Instant | null, b: Instant | null): Instant | null =>
    a === null || b === null ? (a ?? b) : earliest(a, b);

  /** One recipient's failure keeps nobody else from being called, and is made good when the alerts are looked at again. */
  async function sendAll(
    alerts: readonly Alert[],
    consult: Consult,
    devicesOf: (alert: Alert) => readonly DeviceId[] | null = () => null,
  ): Promise<Instant | null> {
    const results = await Promise.allSettled(alerts.map((one) => sendAlert(one, consult, devicesOf(one))));
    let next: Instant | null = null;
    for (const result of results) {
      if (result.status === 'rejected') {
        logger.error({ err: result.reason as unknown }, 'alert not sent, will be tried again');
        next = sooner(next, soon());
      } else if (result.value !== null) next = sooner(next, nextAttempt(result.value)?.at ?? null);
    }
    return next;
  }

  async function endpointsOf(alerts: readonly Alert[]): Promise<ReadonlySet<string>> {
    const held = await Promise.all(alerts.map(({ recipient }) => subscriptions.reachable(recipient)));
    return new Set(held.flat().map(({ subscription }) => subscription.endpoint));
  }

  /** One message closes the consult's notification on a device, however many alerts stand behind it. */
  async function standDownPerson(
    alerts: readonly Alert[],
    consult: Consult,
    busy: ReadonlySet<string>,
  ): Promise<void> {
    const [first] = alerts;
    if (first === undefined) return;
    const to = (await subscriptions.reachable(first.recipient)).filter(
      ({ subscription }) => !busy.has(subscription.endpoint),
    );
    const facts = await Promise.all(to.map((one) => sendOne(first, one, 'stand-down', consult, 0)));
    const at = clock.now();
    const told: AlertFact = {
      fact: 'stood-down',
      channel: 'in-app',
      device: null,
      attempt: 0,
      outcome: 'ok',
      at,
    };
    await Promise.all(
      alerts.map((one) => book.add(one.id, one === first && facts.length > 0 ? facts : [told])),
    );
  }

  /**
   * `busy`: push subscriptions that get a new alert of this consult now. That one replaces the old notification (same tag); closing it as well
   * could close the new one, for the two may arrive in any order.
   */
  async function closeNotifications(
    consult: Consult,
    newEvents: readonly StampedEvent[],
    busy: ReadonlySet<string>,
  ): Promise<void> {
    if (!mayStandDown({ consult, newEvents })) return;
    const alerts = await book.ofConsult(consult.id);
    const over = new Set(standDown({ consult, newEvents, alerts }));
    const byPerson = new Map<PersonId, Alert[]>();
    for (const one of alerts) {
      if (!over.has(one.id)) continue;
      byPerson.set(one.recipient, [...(byPerson.get(one.recipient) ?? []), one]);
    }
    await Promise.all([...byPerson.values()].map((own) => standDownPerson(own, consult, busy)));
  }

  return {
    async consultChanged(consult, newEvents) {
      const at = clock.now();
      const planned = planAlerts({ consult, newEvents, directory: deps.directory(), at });
      const created = await book.create(planned.map((one) => alertOf(one, at)));
      // Whoever is called must not wait for notifications of others to be closed.
      const [sent, closed] = await Promise.allSettled([
        sendAll(created, consult),
        endpointsOf(created).then((busy) => closeNotifications(consult, newEvents, busy)),
      ]);
      if (closed.status === 'rejected') throw closed.reason;
      return sent.status === 'fulfilled' ? sent.value : soon();
    },
    sendAgain: (consult, alerts) => sendAll(alerts, consult),
    async sendDue(consult) {
      const now = clock.now();
      let later: Instant | null = null;
      const due: Alert[] = [];
      for (const one of await book.ofConsult(consult.id)) {
        const next = nextAttempt(one);
        if (next === null) continue;
        if (next.at <= now) due.push(one);
        else later = sooner(later, next.at);
      }
      return sooner(later, await sendAll(due, consult, (one) => nextAttempt(one)?.devices ?? null));
    },
  };
}
