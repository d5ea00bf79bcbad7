import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Department } from './department.ts';
import type { Directory, DirectoryDocument } from './directory.ts';
import type { Organisation } from './organisation.ts';
import type { RotaWeek } from './rota.ts';
import type { Person } from './staff.ts';

/** A directory nobody has loaded: rules that read it refuse. */
export const notLoadedDirectory: Directory = {
  people: new Map(),
  departments: new Map(),
  rotaWeeks: [],
  organisation: null,
};

/**
 * The directory from its documents, in any order. Of two with one id the later one given stays.
 * Without an `organisation` document it counts as not loaded.
 */
export function directoryFrom(documents: Iterable<DirectoryDocument>): Directory {
  const people = new Map<PersonId, Person>();
  const departments = new Map<DepartmentId, Department>();
  const rotaWeeks = new Map<string, RotaWeek>();
  let organisation: Organisation | null = null;
  for (const document of documents) {
    switch (document.kind) {
      case 'person':
        people.set(document.id, document);
        break;
      case 'department':
        departments.set(document.id, document);
        break;
      case 'rota-week':
        rotaWeeks.set(document.id, document);
        break;
      case 'organisation':
        organisation = document;
        break;
    }
  }
  return { people, departments, rotaWeeks: [...rotaWeeks.values()], organisation };
}
