import { standingOf, type ConsultIndex, type Standing } from './consult-index.ts';
import type { HeldScope } from './held-scope.ts';

export interface AlertEntry {
  /** The recipient's own key. */
  key: string;
  consult: string;
  version: string;
}

/** Alerts are read by their recipient and by everyone who has the consult; they age with it. */
export class AlertIndex {
  private readonly entries = new Map<string, AlertEntry>();
  private readonly byConsult = new Map<string, string[]>();
  private readonly byKey = new Map<string, Set<string>>();
  private readonly consults: ConsultIndex;

  constructor(consults: ConsultIndex) {
    this.consults = consults;
  }

  get size(): number {
    return this.entries.size;
  }

  get(id: string): AlertEntry | undefined {
    return this.entries.get(id);
  }

  all(): IterableIterator<[string, AlertEntry]> {
    return this.entries.entries();
  }

  ofConsult(consult: string): readonly string[] {
    return this.byConsult.get(consult) ?? [];
  }

  put(id: string, facts: AlertEntry): void {
    const held = this.entries.get(id);
    if (held?.consult === facts.consult && held.key === facts.key) {
      held.version = facts.version;
      return;
    }
    this.remove(id);
    this.entries.set(id, facts);
    const others = this.byConsult.get(facts.consult);
    if (others === undefined) this.byConsult.set(facts.consult, [id]);
    else others.push(id);
    const own = this.byKey.get(facts.key);
    if (own === undefined) this.byKey.set(facts.key, new Set([id]));
    else own.add(id);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    const left = this.ofConsult(entry.consult).filter((other) => other !== id);
    if (left.length === 0) this.byConsult.delete(entry.consult);
    else this.byConsult.set(entry.consult, left);
    const own = this.byKey.get(entry.key);
    own?.delete(id);
    if (own?.size === 0) this.byKey.delete(entry.key);
  }

  standing(id: string, scope: HeldScope): Standing {
    const entry = this.entries.get(id);
    if (entry === undefined) return 'never';
    const consult = this.consults.get(entry.consult);
    if (scope.keys.has(entry.key)) {
      const aged = consult !== undefined && consult.endedAtMs !== 0 && consult.endedAtMs < scope.endedSinceMs;
      return aged ? 'left' : 'in';
    }
    return consult === undefined ? 'never' : standingOf(consult, scope);
  }

  idsInScope(scope: HeldScope): string[] {
    const ids = new Set<string>();
    for (const key of scope.keys) {
      for (const id of this.byKey.get(key) ?? []) if (this.standing(id, scope) === 'in') ids.add(id);
    }
    for (const consult of this.consults.inScopeAfter(scope, -1, '')) {
      for (const id of this.ofConsult(consult.id)) ids.add(id);
    }
    return [...ids].sort();
  }
}
