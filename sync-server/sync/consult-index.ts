import { isOpen, urgencies } from '#shared/consult/vocabulary.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { systemAuthor } from '#shared/event/envelope.ts';
import { instantToMs } from '#shared/lib/instant.ts';
import { scopeKeysOfConsult } from '#shared/sync/scope.ts';
import type { HeldScope } from './held-scope.ts';
import { mergedAfter, OrderedList, type Ordered } from './ordered-list.ts';

/** What the index knows of one consult; all else is in the store. */
export interface ConsultEntry extends Ordered {
  readonly id: string;
  /** Open ones first, the most urgent leading, then the ended, last ended first. */
  order: number;
  keys: readonly string[];
  /** Milliseconds since 1970; 0: it does not age. */
  endedAtMs: number;
  version: string;
  /** Whose record this consult brings into scope; '' for none: it is kept apart from it. */
  patient: string;
}

export type ConsultFacts = Omit<ConsultEntry, 'id'>;

/** Orders from here on are those of ended consults. */
const firstEndedOrder = 10;
const farFutureMs = 1e14;

export const isLive = (entry: Pick<ConsultEntry, 'order'>): boolean => entry.order < firstEndedOrder;

/** False: who asked had no way to the patient, so the consult brings the record to nobody. */
const isTied = (consult: Consult): boolean =>
  !consult.timeline.some(({ event }) => event.type === 'patient-kept-apart' && event.author === systemAuthor);

export function factsOfConsult(consult: Consult, version: string): ConsultFacts {
  const ages = !isOpen(consult.status) && consult.endedAt !== null && consult.followUp === null;
  const endedAtMs = ages ? instantToMs(consult.endedAt) : 0;
  return {
    order: ages
      ? firstEndedOrder + farFutureMs - endedAtMs
      : isOpen(consult.status)
        ? urgencies.indexOf(consult.urgency)
        : urgencies.length,
    keys: scopeKeysOfConsult(consult),
    endedAtMs,
    version,
    patient: isTied(consult) ? consult.patient : '',
  };
}

export type Standing = 'in' | 'left' | 'never';

/** `left`: it was in this scope once, so its leaving may be told. `never`: not even its existence may be told. */
export function standingOf(entry: Pick<ConsultEntry, 'keys' | 'endedAtMs'>, scope: HeldScope): Standing {
  if (!entry.keys.some((key) => scope.keys.has(key))) return 'never';
  return entry.endedAtMs === 0 || entry.endedAtMs >= scope.endedSinceMs ? 'in' : 'left';
}

export class ConsultIndex {
  private readonly entries = new Map<string, ConsultEntry>();
  private readonly lists = new Map<string, OrderedList<ConsultEntry>>();
  private readonly byPatient = new Map<string, readonly ConsultEntry[]>();
  /** One copy of each key, however many consults carry it. */
  private readonly keys = new Map<string, string>();
  /** True while many are put in at once: lists are then sorted at the end. */
  loading = false;

  get size(): number {
    return this.entries.size;
  }

  get(id: string): ConsultEntry | undefined {
    return this.entries.get(id);
  }

  all(): IterableIterator<ConsultEntry> {
    return this.entries.values();
  }

  ofPatient(patient: string): readonly ConsultEntry[] {
    return this.byPatient.get(patient) ?? [];
  }

  put(id: string, facts: ConsultFacts): void {
    const held = this.entries.get(id);
    if (
      held !== undefined &&
      held.order === facts.order &&
      held.patient === facts.patient &&
      sameKeys(held.keys, facts.keys)
    ) {
      held.version = facts.version;
      held.endedAtMs = facts.endedAtMs;
      return;
    }
    if (held?.order === facts.order && held.patient === facts.patient) {
      this.changeKeys(held, facts);
      return;
    }
    if (held !== undefined) this.remove(id);
    const entry: ConsultEntry = { id, ...facts, keys: facts.keys.map((key) => this.interned(key)) };
    this.entries.set(id, entry);
    for (const key of entry.keys) this.listOf(key).add(entry, this.loading);
    if (entry.patient === '') return;
    // Anew each time: an array that grows by itself keeps room for sixteen, and most have one or two.
    this.byPatient.set(entry.patient, [...this.ofPatient(entry.patient), entry]);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    for (const key of entry.keys) this.lists.get(key)?.remove(entry);
    const left = this.ofPatient(entry.patient).filter((other) => other !== entry);
    if (left.length === 0) this.byPatient.delete(entry.patient);
    else this.byPatient.set(entry.patient, left);
  }

  /** Those in scope behind (order, id), in order. Nothing may be put in while it is being read. */
  *inScopeAfter(scope: HeldScope, order: number, id: string): Generator<ConsultEntry> {
    const lists = [...scope.keys].flatMap((key) => this.lists.get(key) ?? []);
    for (const entry of mergedAfter(lists, order, id)) {
      // The last ended come first, so behind one that has aged out all have.
      if (entry.endedAtMs !== 0 && entry.endedAtMs < scope.endedSinceMs) return;
      yield entry;
    }
  }

  /** Its place in a list hangs on its order and id alone: the lists of keys that stay are left as they are. */
  private changeKeys(entry: ConsultEntry, facts: ConsultFacts): void {
    const { keys, version, endedAtMs } = facts;
    for (const key of entry.keys) if (!keys.includes(key)) this.lists.get(key)?.remove(entry);
    for (const key of keys) if (!entry.keys.includes(key)) this.listOf(key).add(entry, this.loading);
    entry.keys = keys.map((key) => this.interned(key));
    entry.version = version;
    entry.endedAtMs = endedAtMs;
    // The last changed stand last among all.
    this.entries.delete(entry.id);
    this.entries.set(entry.id, entry);
  }

  private interned(key: string): string {
    const held = this.keys.get(key);
    if (held !== undefined) return held;
    this.keys.set(key, key);
    return key;
  }

  private listOf(key: string): OrderedList<ConsultEntry> {
    let list = this.lists.get(key);
    if (list === undefined) {
      list = new OrderedList();
      this.lists.set(key, list);
    }
    return list;
  }
}

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, i) => key === b[i]);
