import type { OpenedPatients } from '#server/patients/opened-patients.ts';
import { StoreUnavailable, type DocumentStore } from '#server/store/port.ts';
import { standingOf } from '#server/sync/consult-index.ts';
import { heldScopeOf } from '#server/sync/held-scope.ts';
import type { Sync } from '#server/sync/sync.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import { filesNamedIn, type NamedFile } from '#shared/attachment/named-files.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { ConsultId, FileId, PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { mayOpenOutside } from '#shared/patient/patient-permissions.ts';

/** Files one person may send or fetch, of one consult, by id. Empty for a consult that is not theirs and for one that is not there alike. */
export type NamedFiles = ReadonlyMap<FileId, NamedFile>;

/** Who may do what with sealed files. The only place that decides it. */
export interface FileAccess {
  /** Named by an accepted event that this person wrote. */
  sendable(person: PersonId, consult: ConsultId): Promise<NamedFiles>;
  /**
   * Named by an accepted event of a consult in this person's scope, or of a patient they opened with a reason a moment ago. Throws
   * StoreUnavailable while the directory or the index is not ready.
   */
  readable(person: PersonId, consult: ConsultId, asOf: Instant): Promise<NamedFiles>;
}

/** What was opened with a reason is looked at now; later it takes a reason again. */
const openedReadMs = 60 * 60_000;

const none: NamedFiles = new Map();

export function createFileAccess(deps: {
  store: DocumentStore;
  index: Sync['index'];
  directory: () => Directory;
  opened: OpenedPatients;
}): FileAccess {
  const { store, index, directory, opened } = deps;

  async function acceptedFiles(consult: ConsultId): Promise<readonly NamedFile[]> {
    const document = await store.database('consults').get(consult);
    return document === null ? [] : filesNamedIn(eventsOf(document.body)).filter((file) => file.isAccepted);
  }
  const byId = (files: readonly NamedFile[]): NamedFiles => new Map(files.map((file) => [file.file, file]));

  async function isWithin(person: PersonId, consult: ConsultId, asOf: Instant): Promise<boolean> {
    const known = directory();
    const scope = heldScopeOf(person, known, asOf);
    if (!scope.ok) {
      if (scope.error.type === 'directory-not-loaded')
        throw new StoreUnavailable('the directory is not loaded');
      return false;
    }
    const entry = index().consults.get(consult);
    if (entry === undefined) return false;
    // Aged out is no less theirs: the scope's keys decide.
    if (standingOf(entry, scope.value) !== 'never') return true;
    const reader = known.people.get(person);
    if (entry.patient === '' || reader === undefined || !mayOpenOutside(reader, known, asOf)) return false;
    const [openedAt = null] = await opened.openedAt(person, [entry.patient]);
    return openedAt !== null && openedAt >= addMs(asOf, -openedReadMs);
  }

  return {
    async sendable(person, consult) {
      return byId((await acceptedFiles(consult)).filter(({ author }) => author === person));
    },
    async readable(person, consult, asOf) {
      return (await isWithin(person, consult, asOf)) ? byId(await acceptedFiles(consult)) : none;
    },
  };
}
