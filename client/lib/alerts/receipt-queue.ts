import type { Alert } from '#shared/alert/alert.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';

/** Tablet setting that holds what was looked at and is not yet in the alerts the server sends; by alert id. */
export const receiptsSetting = 'alert-receipts';

export type ReceiptFact = 'shown' | 'opened';

export interface WaitingReceipt {
  readonly fact: ReceiptFact;
  readonly at: Instant;
  /** The server took it; it stays until the alert itself says so, so that nothing looks unread in between. */
  readonly isSent: boolean;
}
export type WaitingReceipts = Readonly<Record<string, WaitingReceipt>>;
const noReceipts: WaitingReceipts = {};

const isReceipt = (value: unknown): value is WaitingReceipt =>
  typeof value === 'object' &&
  value !== null &&
  'fact' in value &&
  (value.fact === 'shown' || value.fact === 'opened') &&
  'at' in value &&
  typeof value.at === 'string' &&
  'isSent' in value &&
  typeof value.isSent === 'boolean';

/** What a setting holds, as receipts; what cannot be one is left out. Without a schema: the first screen asks it. */
export function receiptsOf(value: unknown): WaitingReceipts {
  if (typeof value !== 'object' || value === null) return noReceipts;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, WaitingReceipt] => isReceipt(entry[1])),
  );
}

const saysAlready = (alert: Alert, fact: ReceiptFact): boolean =>
  alert.facts.some(
    (known) =>
      known.fact === 'opened' || known.fact === 'acted' || (fact === 'shown' && known.fact === 'shown'),
  );

const covers = (held: ReceiptFact | undefined, fact: ReceiptFact): boolean =>
  held === 'opened' || held === fact;

/** Receipts after somebody looked; the same object when that tells nothing new. */
export function withLooked(
  waiting: WaitingReceipts,
  alerts: readonly Alert[],
  fact: ReceiptFact,
  at: Instant,
): WaitingReceipts {
  const fresh = alerts.filter((alert) => !saysAlready(alert, fact) && !covers(waiting[alert.id]?.fact, fact));
  if (fresh.length === 0) return waiting;
  return {
    ...waiting,
    ...Object.fromEntries(fresh.map(({ id }) => [id, { fact, at, isSent: false }])),
  };
}

/** Without those that the alerts say by now, and those sent about alerts this tablet no longer holds; the same object when there are none. */
export function withoutKnown(
  waiting: WaitingReceipts,
  alerts: readonly Alert[],
  /** All alerts of the scope are here; else one that is missing may still be on its way. */
  isWhole: boolean,
): WaitingReceipts {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const kept = Object.entries(waiting).filter(([id, { fact, isSent }]) => {
    const alert = byId.get(id);
    return alert === undefined ? !(isSent && isWhole) : !saysAlready(alert, fact);
  });
  return kept.length === Object.keys(waiting).length ? waiting : Object.fromEntries(kept);
}

type Settings = Pick<Tablet, 'setting' | 'saveSetting'>;

/** As they stand now. */
export function heldReceipts(tablet: Pick<Settings, 'setting'>): WaitingReceipts {
  let held: unknown = null;
  tablet.setting<unknown>(receiptsSetting).subscribe((value) => (held = value))();
  return receiptsOf(held);
}

const turns = new WeakMap<Settings, Promise<unknown>>();

/** Changes the receipts that wait, one change after the other, so that two at once lose nothing. */
export function changeReceipts(
  tablet: Settings,
  change: (waiting: WaitingReceipts) => WaitingReceipts,
): Promise<void> {
  const before = turns.get(tablet) ?? Promise.resolve();
  const done = before.then(async () => {
    const waiting = heldReceipts(tablet);
    const next = change(waiting);
    if (next !== waiting) await tablet.saveSetting(receiptsSetting, next);
  });
  turns.set(
    tablet,
    done.catch(() => undefined),
  );
  return done;
}

/**
 * Notes that these alerts were shown on this screen or opened by the person they are to; kept on the tablet first and sent when there is a
 * network. Alerts to others are left alone.
 */
export function noteLooked(
  tablet: Settings & Pick<Tablet, 'person' | 'now'>,
  alerts: readonly Alert[],
  fact: ReceiptFact,
): Promise<void> {
  const mine = alerts.filter(({ recipient }) => recipient === tablet.person);
  if (mine.length === 0) return Promise.resolve();
  return changeReceipts(tablet, (waiting) => withLooked(waiting, mine, fact, tablet.now()));
}
