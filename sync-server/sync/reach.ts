import type { OpenedPatients } from '#server/patients/opened-patients.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { hourMs, type Arrived } from './arrived.ts';
import type { Feed } from './feed.ts';
import { heldScopeOf, type HeldScope } from './held-scope.ts';
import { factsOfPatient } from './patient-index.ts';
import { patientNamed } from './take-event.ts';
import { eventsOf } from './wire-document.ts';

/** Which of some events name a patient that their author had no way to. */
export interface Reach {
  outOfReach(arrived: readonly Arrived[], author: Person, receivedAt: Instant): Promise<ReadonlySet<string>>;
}

/**
 * A patient is within a person's reach who holds the record, or held it: by department, by a consult in scope, or because they opened it with a
 * reason. Naming a record, whose id may have been guessed at by way of its MRN, brings it to nobody. Source: docs/decisions/0013-patients-outside-scope.md
 */
export function createReach(deps: {
  store: DocumentStore;
  feed: () => Feed;
  directory: () => Directory;
  opened: OpenedPatients;
  offlineLeaseHours: () => number;
}): Reach {
  const { store, feed, directory, opened } = deps;

  /** As of now and as of writing: who moved to another department meanwhile wrote about the patients of the one before. */
  function scopesOf(author: Person, moments: readonly Instant[]): HeldScope[] {
    return [...new Set(moments)].flatMap((at) => {
      const scope = heldScopeOf(author.id, directory(), at);
      return scope.ok ? [scope.value] : [];
    });
  }

  const holds = (patient: string, scopes: readonly HeldScope[]): boolean =>
    scopes.some((scope) => feed().index.patients.standing(patient, scope) !== 'never');

  /** The record as it is stored, where it came a moment ago and the index has not heard of it. */
  async function holdsStored(patient: string, scopes: readonly HeldScope[]): Promise<boolean> {
    const document = await store.database('patients').get(patient);
    const record = document === null ? null : projectPatient(eventsOf(document.body));
    if (record === null) return false;
    const { keys, pastKeys } = factsOfPatient(record, '');
    if ([...keys, ...pastKeys].some((key) => scopes.some((scope) => scope.keys.has(key)))) return true;
    // Joined with another while the author was offline: whoever holds the one that stays held this one.
    return record.mergedInto !== null && holds(record.mergedInto, scopes);
  }

  return {
    async outOfReach(arrived, author, receivedAt) {
      const out = new Set<string>();
      for (const { event, writtenAt } of arrived) {
        const patient = patientNamed(event);
        if (patient === null) continue;
        const scopes = scopesOf(author, [receivedAt, writtenAt]);
        // Of somebody who was removed meanwhile a head has released it; there is no scope to judge by.
        if (scopes.length === 0 || holds(patient, scopes) || (await holdsStored(patient, scopes))) continue;
        const [openedAt = null] = await opened.openedAt(author.id, [patient]);
        if (openedAt !== null && openedAt >= addMs(writtenAt, -deps.offlineLeaseHours() * hourMs)) continue;
        // A consult of a moment ago may be what ties them.
        await feed().catchUp('consults');
        if (!holds(patient, scopes)) out.add(event.id);
      }
      return out;
    },
  };
}
