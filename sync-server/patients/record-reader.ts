import type { DocumentStore } from '#server/store/port.ts';
import { standingOf } from '#server/sync/consult-index.ts';
import type { HeldScope } from '#server/sync/held-scope.ts';
import type { Sync } from '#server/sync/sync.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { historyLimit } from '#shared/patient/online.ts';
import { readConsults } from './read-consults.ts';

export interface PatientRecord {
  readonly patient: { readonly id: string; readonly events: readonly HeldEvent[] };
  readonly consults: readonly { readonly id: string; readonly events: readonly HeldEvent[] }[];
  /** Consults left out because they are of departments the reader has nothing to do with. */
  readonly hidden: number;
}

/** One patient and their consults, also those that tablets have dropped long ago. Whether somebody may see it is asked before. */
export interface RecordReader {
  isWithin(patient: string, scope: HeldScope): boolean;
  /** `scope` null: everything, for one who gave a reason. Null: no such record. */
  read(patient: string, scope: HeldScope | null): Promise<PatientRecord | null>;
}

export function createRecordReader(deps: { store: DocumentStore; index: Sync['index'] }): RecordReader {
  const { store, index } = deps;
  return {
    isWithin: (patient, scope) => index().patients.standing(patient, scope) === 'in',
    async read(patient, scope) {
      const document = await store.database('patients').get(patient);
      if (document === null) return null;
      const all = index().consults.ofPatient(patient);
      // Aged out is no less theirs: the scope's keys decide.
      const theirs = scope === null ? all : all.filter((entry) => standingOf(entry, scope) !== 'never');
      const read = await readConsults(
        store,
        theirs.map(({ id }) => id),
      );
      const newest = read
        .toSorted((a, b) => ((a.consult.changedAt ?? '~') < (b.consult.changedAt ?? '~') ? 1 : -1))
        .slice(0, historyLimit);
      return {
        patient: { id: patient, events: eventsOf(document.body) },
        consults: newest.map(({ consult, events }) => ({ id: consult.id, events })),
        hidden: all.length - theirs.length,
      };
    },
  };
}
