import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { alertOf, planAlerts } from '#shared/alert/plan.ts';
import { isStoodDown } from '#shared/alert/receipts.ts';
import { mayStandDown, standDown } from '#shared/alert/stand-down.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { systemAuthor, type StampedEvent } from '#shared/event/envelope.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { baseLanguage } from '#shared/lib/language.ts';
import type { Admit } from './admit.ts';
import type { AlertBook } from './alert-book.ts';
import { messageOf } from './alert-message.ts';
import type { AlertAddress, AlertChannel } from './channel.ts';
import type { Delivery } from './delivery.ts';

export interface DispatcherDeps {
  readonly book: AlertBook;
  /** Closes notifications; nothing else can. */
  readonly push: AlertChannel;
  readonly delivery: Pick<Delivery, 'deliver' | 'watch'>;
  readonly directory: () => Directory;
  readonly admit: Admit;
  readonly clock: Clock;
}

/** Turns what happened to consults into alerts and has them delivered. Safe to call twice with the same events, also from two gateways. */
export interface Dispatcher {
  /** Resolves when the alerts are stored and each was tried, and notifications that have become pointless were closed. Rejects when the store fails. */
  consultChanged(
    consult: Consult,
    newEvents: readonly StampedEvent[],
    /** Ids of alerts that are known to be stored, whoever looks after them: they are neither made nor watched. */
    standing?: ReadonlySet<string>,
  ): Promise<void>;
}

/** Acts that leave a person's own alerts as they were: reading is told apart, and a call by phone answers nothing in the app. */
const noAnswer: ReadonlySet<string> = new Set(['rang']);

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { book, push, delivery, clock } = deps;

  /** One message closes the consult's notification on a device, however many alerts stand behind it. */
  async function standDownPerson(
    alerts: readonly [Alert, ...Alert[]],
    consult: Consult,
    busy: ReadonlySet<string>,
  ): Promise<void> {
    const [first] = alerts;
    const now = clock.now();
    const message = messageOf({
      alert: first,
      type: 'stand-down',
      channel: 'push',
      consult,
      directory: deps.directory(),
      // Nothing of it is shown.
      language: baseLanguage,
      now,
    });
    const to = (await push.addressesOf(first.recipient)).filter(({ to: endpoint }) => !busy.has(endpoint));
    const facts = await Promise.all(
      to.map(async (address: AlertAddress): Promise<AlertFact> => {
        const outcome = await push.send(address, message);
        return {
          fact: 'stood-down',
          channel: 'push',
          device: address.device,
          attempt: 0,
          outcome: outcome.type,
          at: clock.now(),
        };
      }),
    );
    const told: AlertFact = {
      fact: 'stood-down',
      channel: 'in-app',
      device: null,
      attempt: 0,
      outcome: 'ok',
      at: now,
    };
    await Promise.all(
      alerts.map((one) => book.add(one.id, one === first && facts.length > 0 ? facts : [told])),
    );
  }

  /**
   * Push subscriptions that get one of the `created` alerts of this consult now are left out. That one replaces the old notification (same tag);
   * closing it as well could close the new one, for the two may arrive in any order.
   */
  async function closeNotifications(
    alerts: readonly Alert[],
    consult: Consult,
    newEvents: readonly StampedEvent[],
    created: readonly Alert[],
  ): Promise<void> {
    const over = new Set(standDown({ consult, newEvents, alerts }));
    const byPerson = new Map<PersonId, [Alert, ...Alert[]]>();
    for (const one of alerts) {
      if (!over.has(one.id)) continue;
      const held = byPerson.get(one.recipient);
      if (held === undefined) byPerson.set(one.recipient, [one]);
      else held.push(one);
    }
    if (byPerson.size === 0) return;
    const busy = await endpointsOf(created);
    await Promise.all([...byPerson.values()].map((own) => standDownPerson(own, consult, busy)));
  }

  /** Whoever reads or answers a consult has seen what they were told of it, on whatever device. */
  async function noteOwnActs(alerts: readonly Alert[], acts: readonly StampedEvent[]): Promise<void> {
    const added = new Map<string, AlertFact[]>();
    for (const { type, author, device, receivedAt } of acts) {
      for (const alert of alerts) {
        if (alert.recipient !== author || isStoodDown(alert) || alert.plannedAt > receivedAt) continue;
        const fact: AlertFact = {
          fact: type === 'opened' ? 'opened' : 'acted',
          channel: 'in-app',
          device: device as DeviceId,
          attempt: 0,
          outcome: null,
          at: receivedAt,
        };
        added.set(alert.id, [...(added.get(alert.id) ?? []), fact]);
      }
    }
    await Promise.all([...added].map(([id, facts]) => book.add(id, facts)));
  }

  async function endpointsOf(alerts: readonly Alert[]): Promise<ReadonlySet<string>> {
    const held = await Promise.all(alerts.map(({ recipient }) => push.addressesOf(recipient)));
    return new Set(held.flat().map(({ to }) => to));
  }

  async function settle(
    consult: Consult,
    newEvents: readonly StampedEvent[],
    created: readonly Alert[],
  ): Promise<void> {
    // What a token in a notification did, the token has noted.
    const acts = newEvents.filter(
      ({ author, via, type }) => author !== systemAuthor && via !== 'notification' && !noAnswer.has(type),
    );
    const mayClose = mayStandDown({ consult, newEvents });
    if (acts.length === 0 && !mayClose) return;
    const alerts = await book.ofConsult(consult.id);
    await noteOwnActs(alerts, acts);
    if (mayClose) await closeNotifications(alerts, consult, newEvents, created);
  }

  return {
    async consultChanged(consult, newEvents, standing) {
      const at = clock.now();
      const planned = planAlerts({ consult, newEvents, directory: deps.directory(), at }).filter(
        ({ id }) => standing?.has(id) !== true,
      );
      for (const { recipient, as, cause } of planned)
        await deps.admit(consult, [{ person: recipient, as }], cause);
      const alerts = planned.map((one) => alertOf(one, at));
      const created = await book.create(alerts);
      const own = new Set(created.map(({ id }) => id));
      delivery.watch(alerts.filter(({ id }) => !own.has(id)));
      // Whoever is called must not wait for notifications of others to be closed.
      const [, settled] = await Promise.allSettled([
        delivery.deliver(created, consult),
        settle(consult, newEvents, created),
      ]);
      if (settled.status === 'rejected') throw settled.reason;
    },
  };
}
