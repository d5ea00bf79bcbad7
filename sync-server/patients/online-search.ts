import type { DocumentStore } from '#server/store/port.ts';
import type { HeldScope } from '#server/sync/held-scope.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import type { OnlineHit } from '#shared/patient/online.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { findsOutside, recognise } from '#shared/patient/recognise.ts';
import type { RecordReader } from './record-reader.ts';
import type { SearchBook } from './search-book.ts';

export interface Asked {
  readonly scope: HeldScope;
  /** Whether the person could open one of another department. */
  readonly showsOutside: boolean;
  readonly limit: number;
  /** YYYY-MM-DD in the hospital's time zone. */
  readonly today: string;
}

export interface OnlineSearch {
  find(
    query: string,
    asked: Asked,
  ): Promise<{ readonly hits: readonly OnlineHit[]; readonly isWhole: boolean }>;
}

/** So many of the closest are looked at before those out of reach are left out, for a person who sees only their own. */
const lookedAt = 200;

export function createOnlineSearch(deps: {
  store: DocumentStore;
  book: SearchBook;
  records: Pick<RecordReader, 'isWithin'>;
}): OnlineSearch {
  const { store, book, records } = deps;
  return {
    async find(query, { scope, showsOutside, limit, today }) {
      const outsideToo = showsOutside && findsOutside(query);
      const found = book
        .search(query, outsideToo ? limit : lookedAt)
        .map(({ id }) => ({ id, isWithin: records.isWithin(id, scope) }))
        .filter(({ isWithin }) => isWithin || outsideToo)
        .slice(0, limit);
      const documents = await store.database('patients').getMany(found.map(({ id }) => id));
      const hits = found.flatMap(({ isWithin }, at): OnlineHit[] => {
        const patient = projectPatient(eventsOf(documents[at]?.body ?? {}));
        if (patient === null) return [];
        if (!isWithin) return [{ reach: 'outside', ...recognise(patient, query, today) }];
        const { name, mrn, born, sex, ward, bed, department } = patient.content;
        const content = { name, mrn, born, sex, ward, bed, department };
        return [{ reach: 'within', id: patient.id, content, state: patient.state }];
      });
      return { hits, isWhole: book.isWhole };
    },
  };
}
