import type { Consult } from '#shared/consult/consult.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import type { ConsultId, DepartmentId, PersonId } from '#shared/lib/id.ts';

export interface OpenConsult {
  readonly id: ConsultId;
  readonly reference: string | null;
  readonly requesting: DepartmentId;
  readonly receiving: DepartmentId;
  readonly assignee: PersonId | null;
}

/** Open consults by whose they are, kept from the feed: nobody leaves, and no department ends, with work in its name. */
export interface OpenWork {
  /** A consult as it is now. */
  take(consult: Consult): void;
  of(person: PersonId): OpenConsult[];
  /** Asked by the department or of it. */
  in(department: DepartmentId): number;
}

export function createOpenWork(): OpenWork {
  const open = new Map<ConsultId, OpenConsult>();
  return {
    take(consult) {
      if (!isOpen(consult.status)) {
        open.delete(consult.id);
        return;
      }
      open.set(consult.id, {
        id: consult.id,
        reference: consult.reference,
        requesting: consult.requestingDepartment,
        receiving: consult.receivingDepartment,
        assignee: consult.assignee,
      });
    },
    of: (person) => [...open.values()].filter(({ assignee }) => assignee === person),
    in: (department) =>
      [...open.values()].filter(
        ({ requesting, receiving }) => requesting === department || receiving === department,
      ).length,
  };
}
