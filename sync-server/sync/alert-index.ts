import { AlertColumns, type ColumnEntry } from './alert-columns.ts';
import { standingOf, type ConsultIndex, type Standing } from './consult-index.ts';
import type { HeldScope } from './held-scope.ts';

export interface AlertFacts {
  /** The recipient's own key. */
  readonly key: string;
  readonly consult: string;
  readonly version: string;
  /** Milliseconds since 1970; what is about no consult ages from then on. Absent or 0: it does not. */
  readonly plannedAtMs?: number;
}

interface AlertEntry extends ColumnEntry {
  /** Of strays alone. */
  readonly plannedAtMs?: number;
}

/**
 * Alerts are read by their recipient and by everyone who has the consult; they age with it, those about none by themselves. Hardly any has a place of its own
 * in a map: an alert is looked for among the few of its consult, with whose id its own begins.
 */
export class AlertIndex {
  private readonly columns = new AlertColumns();
  /** Those whose id does not begin with their consult, such as alerts about none: few. */
  private readonly strays = new Map<string, AlertEntry>();
  private readonly straysOfKey = new Map<string, Set<string>>();
  private readonly consults: ConsultIndex;

  constructor(consults: ConsultIndex) {
    this.consults = consults;
  }

  get size(): number {
    return this.columns.size + this.strays.size;
  }

  get(id: string): AlertEntry | undefined {
    const row = this.rowOf(id);
    return row === null ? this.strays.get(id) : this.columns.entry(row);
  }

  *all(): Generator<AlertEntry> {
    for (const row of this.columns.rows()) yield this.columns.entry(row);
    yield* this.strays.values();
  }

  ofConsult(consult: string): readonly string[] {
    return Array.from(this.columns.ofConsultNamed(consult), (row) => this.columns.idOf(row));
  }

  put(id: string, facts: AlertFacts): void {
    const { key, consult, version, plannedAtMs = 0 } = facts;
    const row = this.rowOf(id);
    if (row !== null && this.columns.keyOf(row) === key && this.columns.consultOf(row) === consult) {
      this.columns.setVersion(row, version);
      return;
    }
    if (row !== null) this.columns.remove(row);
    else if (this.strays.has(id)) this.remove(id);
    if (beginsWith(id, consult)) {
      // One copy of a consult's id, whoever brings it.
      const own = this.consults.get(consult)?.id ?? consult;
      this.columns.add(own, id.slice(consult.length + 1), key, version);
      return;
    }
    const ages = consult === '' && plannedAtMs !== 0;
    this.strays.set(id, { id, key, consult, version, ...(ages ? { plannedAtMs } : {}) });
    const others = this.straysOfKey.get(key);
    if (others === undefined) this.straysOfKey.set(key, new Set([id]));
    else others.add(id);
  }

  remove(id: string): void {
    const row = this.rowOf(id);
    if (row !== null) this.columns.remove(row);
    const stray = this.strays.get(id);
    if (stray === undefined) return;
    this.strays.delete(id);
    const others = this.straysOfKey.get(stray.key);
    others?.delete(id);
    if (others?.size === 0) this.straysOfKey.delete(stray.key);
  }

  standing(id: string, scope: HeldScope): Standing {
    const entry = this.get(id);
    return entry === undefined ? 'never' : this.standingOfEntry(entry, scope);
  }

  idsInScope(scope: HeldScope): string[] {
    const ids = new Set<string>();
    for (const key of scope.keys) {
      for (const row of this.columns.ofKeyNamed(key)) {
        if (!this.hasAged(this.columns.consultOf(row), scope)) ids.add(this.columns.idOf(row));
      }
      for (const id of this.straysOfKey.get(key) ?? []) if (this.standing(id, scope) === 'in') ids.add(id);
    }
    for (const consult of this.consults.inScopeAfter(scope, -1, '')) {
      for (const id of this.ofConsult(consult.id)) ids.add(id);
    }
    return [...ids].sort();
  }

  /** null: not here, or a stray. */
  private rowOf(id: string): number | null {
    const end = id.indexOf(':');
    return end === -1 ? null : this.columns.find(id.slice(0, end), id.slice(end + 1));
  }

  private hasAged(consultId: string, scope: HeldScope): boolean {
    const consult = this.consults.get(consultId);
    return consult !== undefined && consult.endedAtMs !== 0 && consult.endedAtMs < scope.endedSinceMs;
  }

  private standingOfEntry(entry: AlertEntry, scope: HeldScope): Standing {
    if (scope.keys.has(entry.key)) {
      const isOldNews = entry.plannedAtMs !== undefined && entry.plannedAtMs < scope.newsSinceMs;
      return isOldNews || this.hasAged(entry.consult, scope) ? 'left' : 'in';
    }
    const consult = this.consults.get(entry.consult);
    return consult === undefined ? 'never' : standingOf(consult, scope);
  }
}

/** A consult's id holds no colon: else its alerts could not be found by theirs. */
const beginsWith = (id: string, consult: string): boolean =>
  consult !== '' && !consult.includes(':') && id[consult.length] === ':' && id.startsWith(consult);
