import type { Patient } from '#shared/patient/patient.ts';
import { scopeKeysOfPatient } from '#shared/sync/scope.ts';
import { standingOf, type ConsultIndex, type Standing } from './consult-index.ts';
import type { HeldScope } from './held-scope.ts';

export interface PatientEntry {
  keys: readonly string[];
  /** Keys of departments the patient was in before. */
  pastKeys: readonly string[];
  version: string;
  /** null: not registered centrally. */
  mrn: string | null;
}

/** Departments that the events speak of, the present one too. */
function departmentsOf(patient: Patient): string[] {
  const departments: string[] = [];
  for (const { type, body } of patient.timeline) {
    const content = body['content'];
    const place = type === 'registered' && typeof content === 'object' && content !== null ? content : body;
    const department: unknown = 'department' in place ? place.department : undefined;
    if (typeof department === 'string') departments.push(department);
  }
  return departments;
}

export function factsOfPatient(patient: Patient, version: string): PatientEntry {
  const keys = scopeKeysOfPatient(patient);
  const pastKeys = new Set<string>();
  for (const department of departmentsOf(patient)) {
    const there = scopeKeysOfPatient({
      ...patient,
      content: { ...patient.content, department: department as Patient['content']['department'] },
    });
    for (const key of there) if (!keys.includes(key)) pastKeys.add(key);
  }
  return { keys, pastKeys: [...pastKeys], version, mrn: patient.content.mrn };
}

const hits = (keys: readonly string[], scope: HeldScope): boolean => keys.some((key) => scope.keys.has(key));

export class PatientIndex {
  private readonly entries = new Map<string, PatientEntry>();
  private readonly byMrn = new Map<string, string[]>();
  private readonly byKey = new Map<string, Set<string>>();
  /** One copy of each list of keys, for most patients of a department have the same. */
  private readonly lists = new Map<string, readonly string[]>();
  private readonly consults: ConsultIndex;

  constructor(consults: ConsultIndex) {
    this.consults = consults;
  }

  get size(): number {
    return this.entries.size;
  }

  get(id: string): PatientEntry | undefined {
    return this.entries.get(id);
  }

  all(): IterableIterator<[string, PatientEntry]> {
    return this.entries.entries();
  }

  withMrn(mrn: string): readonly string[] {
    return this.byMrn.get(mrn) ?? [];
  }

  put(id: string, facts: PatientEntry): void {
    this.remove(id);
    this.entries.set(id, { ...facts, keys: this.shared(facts.keys), pastKeys: this.shared(facts.pastKeys) });
    for (const key of facts.keys) {
      const held = this.byKey.get(key);
      if (held === undefined) this.byKey.set(key, new Set([id]));
      else held.add(id);
    }
    if (facts.mrn !== null) this.byMrn.set(facts.mrn, [...this.withMrn(facts.mrn), id]);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    for (const key of entry.keys) this.byKey.get(key)?.delete(id);
    if (entry.mrn === null) return;
    const left = this.withMrn(entry.mrn).filter((other) => other !== id);
    if (left.length === 0) this.byMrn.delete(entry.mrn);
    else this.byMrn.set(entry.mrn, left);
  }

  private shared(keys: readonly string[]): readonly string[] {
    const name = keys.join('\n');
    const held = this.lists.get(name);
    if (held === undefined) this.lists.set(name, keys);
    return held ?? keys;
  }

  /** A patient is in scope by department, or by a consult that is. */
  standing(id: string, scope: HeldScope): Standing {
    const entry = this.entries.get(id);
    if (entry === undefined) return 'never';
    if (hits(entry.keys, scope)) return 'in';
    let left = hits(entry.pastKeys, scope);
    for (const consult of this.consults.ofPatient(id)) {
      const standing = standingOf(consult, scope);
      if (standing === 'in') return 'in';
      if (standing === 'left') left = true;
    }
    return left ? 'left' : 'never';
  }

  idsInScope(scope: HeldScope): string[] {
    const ids = new Set<string>();
    for (const key of scope.keys) for (const id of this.byKey.get(key) ?? []) ids.add(id);
    for (const consult of this.consults.inScopeAfter(scope, -1, '')) {
      if (this.entries.has(consult.patient)) ids.add(consult.patient);
    }
    return [...ids].sort();
  }
}
