import type { DocumentStore } from '#server/store/port.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Arrived } from './arrived.ts';
import { isLive } from './consult-index.ts';
import type { ScopeIndex } from './scope-index.ts';
import { patientNamed, type Circumstances } from './take-event.ts';
import { eventsOf } from './wire-document.ts';

/** What must be known of other documents before events can be judged. */
export interface Background {
  of(arrived: readonly Arrived[]): Promise<{
    readonly unknownPatients: Circumstances['unknownPatients'];
    /** For each event, in order. */
    readonly askingDepartments: readonly Circumstances['askingDepartments'][];
  }>;
}

export function createBackground(deps: { store: DocumentStore; index: () => ScopeIndex }): Background {
  const { store, index } = deps;

  /** Of these patients, those that neither the index nor the store knows. */
  async function unknownOf(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = [...new Set(ids)].filter((id) => index().patients.get(id) === undefined);
    if (asked.length === 0) return new Set();
    const held = await store.database('patients').getMany(asked);
    return new Set(asked.filter((_id, at) => held[at] === null));
  }

  async function askingAbout(patient: string): Promise<readonly DepartmentId[]> {
    const live = index().consults.ofPatient(patient).filter(isLive);
    if (live.length === 0) return [];
    const held = await store.database('consults').getMany(live.map((entry) => entry.id));
    return held.flatMap((document) => {
      const consult = document === null ? null : projectConsult(eventsOf(document.body));
      return consult === null ? [] : [consult.requestingDepartment];
    });
  }

  return {
    async of(arrived) {
      const unknownPatients = await unknownOf(arrived.flatMap(({ event }) => patientNamed(event) ?? []));
      const askingDepartments = await Promise.all(
        arrived.map(({ event, kind }) =>
          kind === 'patient' && event.type !== 'registered'
            ? askingAbout(event.document)
            : Promise.resolve<readonly DepartmentId[]>([]),
        ),
      );
      return { unknownPatients, askingDepartments };
    },
  };
}
