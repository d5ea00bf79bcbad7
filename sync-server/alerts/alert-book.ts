import { alertSchema, type Alert, type AlertFact } from '#shared/alert/alert.ts';
import { addFact, hasFact, mergeAlerts } from '#shared/alert/receipts.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';

/** Alerts as documents: created once by id, afterwards only facts are added. */
export interface AlertBook {
  get(id: string): Promise<Alert | null>;
  /** The alerts this call created; those that were there already (planned by another gateway, or before a crash) are left out. */
  create(alerts: readonly Alert[]): Promise<Alert[]>;
  /** null: no such alert. Adding a fact that is there already changes nothing. */
  add(id: string, facts: readonly AlertFact[]): Promise<Alert | null>;
  /** Adds one fact unless it is there: of several who claim the same fact one gets the alert, the others null. */
  claim(id: string, fact: AlertFact): Promise<Alert | null>;
  /** As they are stored, in the order asked; those that are not there are left out. */
  getMany(ids: readonly string[]): Promise<Alert[]>;
  ofConsult(consult: string): Promise<Alert[]>;
}

const pageSize = 1000;

const alertOf = (stored: StoredDocument | null | undefined): Alert | null => {
  const parsed = alertSchema.safeParse(stored?.body);
  return parsed.success ? parsed.data : null;
};

export function createAlertBook(database: Database): AlertBook {
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
    async create(alerts) {
      if (alerts.length === 0) return [];
      const outcomes = await database.write(alerts.map((alert) => ({ id: alert.id, body: { ...alert } })));
      const created: Alert[] = [];
      for (const [index, outcome] of outcomes.entries()) {
        const alert = alerts[index];
        if (alert === undefined) continue;
        if (outcome.type === 'written') created.push(alert);
        else if (outcome.type === 'unproven') created.push((await settle(alert.id)) ?? alert);
        else if (outcome.type === 'rejected') throw new Error(`alert not stored: ${outcome.reason}`);
      }
      return created;
    },
    async add(id, facts) {
      for (;;) {
        const stored = await database.get(id);
        const held = alertOf(stored);
        if (stored === null || held === null) return null;
        const next = facts.reduce(addFact, held);
        if (canonicalJson(next.facts) === canonicalJson(held.facts)) return held;
        const [outcome] = await database.write([{ id, rev: stored.rev, body: { ...next } }]);
        if (outcome?.type === 'written') return next;
        if (outcome?.type === 'unproven') return settle(id);
        if (outcome?.type === 'rejected') throw new Error(`alert not stored: ${outcome.reason}`);
      }
    },
    async claim(id, fact) {
      for (;;) {
        const stored = await database.get(id);
        const held = alertOf(stored);
        if (stored === null || held === null || hasFact(held, fact)) return null;
        const next = addFact(held, fact);
        const [outcome] = await database.write([{ id, rev: stored.rev, body: { ...next } }]);
        if (outcome?.type === 'written') return next;
        // A cluster that took it and cannot prove it: sent twice is better than not at all.
        if (outcome?.type === 'unproven') return settle(id);
        if (outcome?.type === 'rejected') throw new Error(`alert not stored: ${outcome.reason}`);
      }
    },
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
