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

interface AlertEntry {
  readonly id: string;
  readonly key: string;
  readonly consult: string;
  version: string;
  /** Of strays alone. */
  readonly plannedAtMs?: number;
}

/**
 * Alerts are read by their recipient and by everyone who has the consult; they age with it, those about none by themselves. There are several for each consult of all times,
 * so hardly any has a place of its own in a map: an alert is looked for among the few of its consult, with whose id its own begins.
 */
export class AlertIndex {
  private readonly byConsult = new Map<string, AlertEntry[]>();
  private readonly byKey = new Map<string, AlertEntry[]>();
  /** Those whose id does not begin with their consult, such as alerts about none. */
  private readonly strays = new Map<string, AlertEntry>();
  private readonly consults: ConsultIndex;
  private count = 0;

  constructor(consults: ConsultIndex) {
    this.consults = consults;
  }

  get size(): number {
    return this.count;
  }

  get(id: string): Readonly<AlertEntry> | undefined {
    return this.entryOf(id);
  }

  *all(): Generator<Readonly<AlertEntry>> {
    for (const entries of this.byConsult.values()) yield* entries;
    yield* this.strays.values();
  }

  ofConsult(consult: string): readonly string[] {
    return this.byConsult.get(consult)?.map((entry) => entry.id) ?? [];
  }

  put(id: string, facts: AlertFacts): void {
    const { key, consult, version } = facts;
    const isOfConsult = beginsWith(id, consult);
    // Of a saved index each consult's id is one string, whose place in the map is found faster than that of a part of `id`.
    const held = isOfConsult ? find(this.byConsult.get(consult), id) : this.entryOf(id);
    if (held?.consult === consult && held.key === key) {
      held.version = version;
      return;
    }
    if (held !== undefined) this.remove(id);
    const ages = consult === '' && facts.plannedAtMs !== undefined && facts.plannedAtMs !== 0;
    const entry: AlertEntry = {
      id,
      key,
      consult,
      version,
      ...(ages ? { plannedAtMs: facts.plannedAtMs } : {}),
    };
    if (isOfConsult) append(this.byConsult, consult, entry);
    else this.strays.set(id, entry);
    append(this.byKey, key, entry);
    this.count++;
  }

  remove(id: string): void {
    const entry = this.entryOf(id);
    if (entry === undefined) return;
    if (!this.strays.delete(id)) takeOut(this.byConsult, entry.consult, entry);
    takeOut(this.byKey, entry.key, entry);
    this.count--;
  }

  standing(id: string, scope: HeldScope): Standing {
    const entry = this.entryOf(id);
    return entry === undefined ? 'never' : this.standingOfEntry(entry, scope);
  }

  idsInScope(scope: HeldScope): string[] {
    const ids = new Set<string>();
    for (const key of scope.keys) {
      for (const entry of this.byKey.get(key) ?? [])
        if (this.standingOfEntry(entry, scope) === 'in') ids.add(entry.id);
    }
    for (const consult of this.consults.inScopeAfter(scope, -1, '')) {
      for (const id of this.ofConsult(consult.id)) ids.add(id);
    }
    return [...ids].sort();
  }

  private entryOf(id: string): AlertEntry | undefined {
    const end = id.indexOf(':');
    const own = end === -1 ? undefined : find(this.byConsult.get(id.slice(0, end)), id);
    return own ?? this.strays.get(id);
  }

  private standingOfEntry(entry: AlertEntry, scope: HeldScope): Standing {
    const consult = this.consults.get(entry.consult);
    if (scope.keys.has(entry.key)) {
      const aged = consult !== undefined && consult.endedAtMs !== 0 && consult.endedAtMs < scope.endedSinceMs;
      const isOldNews = entry.plannedAtMs !== undefined && entry.plannedAtMs < scope.newsSinceMs;
      return aged || isOldNews ? 'left' : 'in';
    }
    return consult === undefined ? 'never' : standingOf(consult, scope);
  }
}

const beginsWith = (id: string, consult: string): boolean =>
  consult !== '' && id[consult.length] === ':' && id.startsWith(consult);

const find = (entries: readonly AlertEntry[] | undefined, id: string): AlertEntry | undefined =>
  entries?.find((entry) => entry.id === id);

function append(lists: Map<string, AlertEntry[]>, name: string, entry: AlertEntry): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [entry]);
  else list.push(entry);
}

function takeOut(lists: Map<string, AlertEntry[]>, name: string, entry: AlertEntry): void {
  const left = lists.get(name)?.filter((one) => one !== entry) ?? [];
  if (left.length === 0) lists.delete(name);
  else lists.set(name, left);
}
