import type { Database } from '#server/store/port.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

/** Who opened which patient outside their departments, with a reason: until when they may write about that patient. */
export interface OpenedPatients {
  note(person: PersonId, patient: string, at: Instant): Promise<void>;
  /** When the person last opened each; null: never. In the order asked. */
  openedAt(person: PersonId, patients: readonly string[]): Promise<readonly (Instant | null)[]>;
}

const documentId = (person: PersonId, patient: string): string => `opened:${person}:${patient}`;

export function createOpenedPatients(claims: Database): OpenedPatients {
  return {
    async note(person, patient, at) {
      const id = documentId(person, patient);
      const held = await claims.get(id);
      // A conflict is the same person at another device, just now: that note serves as well.
      await claims.write([{ id, rev: held?.rev, body: { kind: 'patient-opened', at } }]);
    },
    async openedAt(person, patients) {
      const held = await claims.getMany(patients.map((patient) => documentId(person, patient)));
      return held.map((document) => {
        const at = instantSchema.safeParse(document?.body['at']);
        return at.success ? at.data : null;
      });
    },
  };
}
