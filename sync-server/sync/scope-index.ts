import type { CollectionName } from '#shared/sync/protocol.ts';
import { inRotaWindow } from '#shared/sync/rota-window.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import { AlertIndex } from './alert-index.ts';
import { ConsultIndex, standingOf, type Standing } from './consult-index.ts';
import type { HeldScope } from './held-scope.ts';
import { PatientIndex } from './patient-index.ts';

/** What a gateway keeps in memory about every document: who may have it, in which order, and its version. Content stays in the store. */
export class ScopeIndex {
  readonly consults = new ConsultIndex();
  readonly patients = new PatientIndex(this.consults);
  readonly alerts = new AlertIndex(this.consults);
  /** Versions by id. */
  readonly directory = new Map<string, string>();

  /** Null: not here. */
  versionOf(collection: CollectionName, id: string): string | null {
    switch (collection) {
      case 'consults':
        return this.consults.get(id)?.version ?? null;
      case 'patients':
        return this.patients.get(id)?.version ?? null;
      case 'alerts':
        return this.alerts.get(id)?.version ?? null;
      case 'directory':
        return this.directory.get(id) ?? null;
      default:
        return exhaustive(collection);
    }
  }

  standing(collection: CollectionName, id: string, scope: HeldScope): Standing {
    switch (collection) {
      case 'consults': {
        const entry = this.consults.get(id);
        return entry === undefined ? 'never' : standingOf(entry, scope);
      }
      case 'patients':
        return this.patients.standing(id, scope);
      case 'alerts':
        return this.alerts.standing(id, scope);
      case 'directory':
        // Everyone has held every directory document at its time, so a removed one may be told of.
        return this.directory.has(id) && inRotaWindow(id, scope.rota) ? 'in' : 'left';
      default:
        return exhaustive(collection);
    }
  }

  /** Ids in scope, in snapshot order: open consults first; the others by id. */
  idsInScope(collection: CollectionName, scope: HeldScope): string[] {
    switch (collection) {
      case 'consults':
        return Array.from(this.consults.inScopeAfter(scope, -1, ''), (entry) => entry.id);
      case 'patients':
        return this.patients.idsInScope(scope);
      case 'alerts':
        return this.alerts.idsInScope(scope);
      case 'directory':
        return [...this.directory.keys()].filter((id) => inRotaWindow(id, scope.rota)).sort();
      default:
        return exhaustive(collection);
    }
  }

  /** Keys under which connected tablets may have to hear of this document. */
  audienceOf(collection: 'consults' | 'patients' | 'alerts', id: string): Set<string> {
    const keys = new Set<string>();
    const add = (more: readonly string[] | undefined): void => more?.forEach((key) => keys.add(key));
    if (collection === 'consults') add(this.consults.get(id)?.keys);
    if (collection === 'patients') {
      const entry = this.patients.get(id);
      add(entry?.keys);
      if (entry !== undefined) for (const consult of this.consults.ofPatient(id)) add(consult.keys);
    }
    if (collection === 'alerts') {
      const entry = this.alerts.get(id);
      if (entry !== undefined) {
        keys.add(entry.key);
        add(this.consults.get(entry.consult)?.keys);
      }
    }
    return keys;
  }
}
