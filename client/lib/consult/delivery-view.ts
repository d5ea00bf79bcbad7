import type { Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { DeliveryFacts, PersonAt } from '#shared/consult/delivery.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Delivery } from '$lib/tablet/tablet.ts';
import type { Times } from '$lib/time/times.ts';
import { quarantineWords, refusalWords } from '$lib/sync-page/refusal-words.ts';

/** One mark and its words (experience.md §4). */
export interface DeliveryView {
  readonly mark: 'here' | 'server' | 'shown' | 'opened' | 'refused';
  readonly words: string;
}

export interface DeliverySources {
  readonly event: HeldEvent;
  readonly delivery: Delivery;
  readonly consult: Consult;
  readonly alerts: readonly Alert[];
  readonly facts: (event: HeldEvent, consult: Consult, alerts: readonly Alert[]) => DeliveryFacts;
  readonly nameOf: (person: PersonAt['person']) => string;
  readonly times: Times;
}

const firstOf = (people: readonly PersonAt[]): PersonAt | null =>
  people.reduce<PersonAt | null>(
    (first, each) => (first === null || each.at < first.at ? each : first),
    null,
  );

/** The furthest that one thing a person wrote has come, from stamps and receipts alone. */
export function deliveryView({
  event,
  delivery,
  consult,
  alerts,
  facts,
  nameOf,
  times,
}: DeliverySources): DeliveryView {
  switch (delivery.state) {
    case 'on-this-tablet':
      return { mark: 'here', words: m.consult_delivery_here() };
    case 'refused':
      return { mark: 'refused', words: m.consult_delivery_refused({ reason: refusalWords(delivery.code) }) };
    case 'quarantined':
      return {
        mark: 'refused',
        words: m.consult_delivery_set_aside({ reason: quarantineWords(delivery.code) }),
      };
    case 'at-the-server': {
      const known = facts(event, consult, alerts);
      const opened = firstOf(known.opened);
      if (opened !== null)
        return {
          mark: 'opened',
          words: m.consult_delivery_opened({ name: nameOf(opened.person), time: times.clock(opened.at) }),
        };
      const shown = firstOf(known.shown);
      if (shown !== null)
        return {
          mark: 'shown',
          words: m.consult_delivery_shown({ name: nameOf(shown.person), time: times.clock(shown.at) }),
        };
      return { mark: 'server', words: m.consult_delivery_server({ time: times.clock(delivery.at) }) };
    }
  }
}
