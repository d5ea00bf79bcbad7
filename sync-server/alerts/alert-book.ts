import { alertSchema, type Alert, type AlertFact } from '#shared/alert/alert.ts';
import { addFact, mergeAlerts } from '#shared/alert/receipts.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';

/** Alerts as documents: created once by id, afterwards only facts are added. */
export interface AlertBook {
  get(id: string): Promise<Alert | null>;
  /** The alerts this call created; those that were there already (planned by another gateway, or before a crash) are left out. */
  create(alerts: readonly Alert[]): Promise<Alert[]>;
  /** null: no such alert. Adding a fact that is there already changes nothing. */
  add(id: string, facts: readonly AlertFact[]): Promise<Alert | null>;
  /**
   * Says with a `planned` fact that a try is about to be sent: of several who claim the same try one gets the alert, the others null, and so does who
   * claims one that was sent already.
   */
  claim(id: string, fact: AlertFact): Promise<Alert | null>;
  /** As they are stored, in the order asked; those that are not there are left out. */
  getMany(ids: readonly string[]): Promise<Alert[]>;
  ofConsult(consult: string): Promise<Alert[]>;
}

const pageSize = 1000;

/** Somebody wrote down that they send it, or what came of it. */
const isTaken = ({ facts }: Alert, { channel, attempt }: AlertFact): boolean =>
  facts.some(
    (held) =>
      held.channel === channel &&
      held.attempt === attempt &&
      (held.fact === 'planned' || (held.fact === 'sent' && held.outcome !== 'none')),
  );

const alertOf = (stored: StoredDocument | null | undefined): Alert | null => {
  const parsed = alertSchema.safeParse(stored?.body);
  return parsed.success ? parsed.data : null;
};

/** An alert as this gateway wrote it last. Any other writer's write makes ours a conflict, and then it is read anew. */
interface Written {
  readonly rev: string;
  readonly alert: Alert;
}
/** The last written are kept: what is created is sent, and what is sent is written again within the second. */
const mostKept = 1000;

/** `gateway` is named in what this book begins, so that others know whom they wait for; null: it names nobody. */
export function createAlertBook(database: Database, gateway: string | null = null): AlertBook {
  const signed = (fact: AlertFact): AlertFact =>
    gateway === null || fact.fact !== 'planned' || fact.gateway !== undefined ? fact : { ...fact, gateway };
  const lastWritten = new Map<string, Written>();
  function note(written: Written): void {
    lastWritten.delete(written.alert.id);
    lastWritten.set(written.alert.id, written);
    if (lastWritten.size <= mostKept) return;
    const [oldest] = lastWritten.keys();
    if (oldest !== undefined) lastWritten.delete(oldest);
  }

  async function stored(id: string): Promise<Written | null> {
    const held = await database.get(id);
    const alert = alertOf(held);
    return held === null || alert === null ? null : { rev: held.rev, alert };
  }

  /**
   * Writes what `change` makes of an alert. null: no such alert, or `change` says so. `change` may first be asked about an older state, and is then asked
   * again: facts are only added, so what an older state holds the newer one holds as well.
   */
  async function rewrite(id: string, change: (held: Alert) => Alert | null): Promise<Alert | null> {
    let held = lastWritten.get(id) ?? null;
    for (;;) {
      held ??= await stored(id);
      const next = held === null ? null : change(held.alert);
      if (held === null || next === null) return null;
      const [outcome] = await database.write([{ id, rev: held.rev, body: { ...next } }]);
      lastWritten.delete(id);
      if (outcome?.type === 'written') {
        note({ rev: outcome.rev, alert: next });
        return next;
      }
      // A cluster that took it and cannot prove it: sent twice is better than not at all.
      if (outcome?.type === 'unproven') return settle(id);
      if (outcome?.type === 'rejected') throw new Error(`alert not stored: ${outcome.reason}`);
      held = null;
    }
  }

  /** A cluster may keep two creations of one alert; this joins them before anybody acts on it. */
  async function settle(id: string): Promise<Alert | null> {
    const leaves = await database.leaves(id);
    const alerts = leaves.flatMap((leaf) => alertOf(leaf) ?? []);
    const [first, ...others] = alerts;
    const winner = leaves[0];
    if (first === undefined || winner === undefined) return null;
    if (leaves.length === 1) return first;
    const merged = others.reduce(mergeAlerts, first);
    await database.write([{ id, rev: winner.rev, body: { ...merged } }]);
    await database.removeLeaves(
      id,
      leaves.slice(1).map((leaf) => leaf.rev),
    );
    return merged;
  }

  return {
    async get(id) {
      return alertOf(await database.get(id));
    },
    async create(planned) {
      if (planned.length === 0) return [];
      const alerts = planned.map((alert) => ({ ...alert, facts: alert.facts.map(signed) }));
      const outcomes = await database.write(alerts.map((alert) => ({ id: alert.id, body: { ...alert } })));
      const created: Alert[] = [];
      for (const [index, outcome] of outcomes.entries()) {
        const alert = alerts[index];
        if (alert === undefined) continue;
        if (outcome.type === 'written') {
          note({ rev: outcome.rev, alert });
          created.push(alert);
        } else if (outcome.type === 'unproven') created.push((await settle(alert.id)) ?? alert);
        else if (outcome.type === 'rejected') throw new Error(`alert not stored: ${outcome.reason}`);
      }
      return created;
    },
    async add(id, facts) {
      const changed = await rewrite(id, (held) => {
        const next = facts.reduce(addFact, held);
        return canonicalJson(next.facts) === canonicalJson(held.facts) ? null : next;
      });
      // Nothing was added: as it is now, with what others have added.
      return changed ?? alertOf(await database.get(id));
    },
    claim: (id, fact) => rewrite(id, (held) => (isTaken(held, fact) ? null : addFact(held, signed(fact)))),
    getMany: async (ids) => (await database.getMany([...ids])).flatMap((stored) => alertOf(stored) ?? []),
    async ofConsult(consult) {
      const found: Alert[] = [];
      const endKey = `${consult}:\uffff`;
      for (let startKey = `${consult}:`; ;) {
        const rows = await database.scan({ startKey, endKey, limit: pageSize, includeDocs: true });
        found.push(...rows.flatMap((row) => alertOf(row.doc) ?? []));
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageSize) return found;
        // The next id after it.
        startKey = `${last.id}\u0000`;
      }
    },
  };
}
