import type { Assignment } from '#shared/directory/assignment.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';

/** What the assignment rules ask about the hospital as a whole, kept from the feed. */
export interface AssignmentBook {
  /** A consult as it is now. */
  take(consult: Consult): void;
  /** An assignment just made, before the feed brings it. */
  note(consult: string, department: DepartmentId, assignment: Assignment): void;
  openConsults(): ReadonlyMap<PersonId, number>;
  lastRoundRobin(department: DepartmentId): PersonId | null;
}

export function createAssignmentBook(): AssignmentBook {
  const assigneeOf = new Map<string, PersonId>();
  const loads = new Map<PersonId, number>();
  const roundRobin = new Map<DepartmentId, { to: PersonId; at: string }>();

  function setAssignee(consult: string, person: PersonId | null): void {
    const before = assigneeOf.get(consult) ?? null;
    if (before === person) return;
    if (before !== null) loads.set(before, (loads.get(before) ?? 1) - 1);
    if (person === null) assigneeOf.delete(consult);
    else {
      assigneeOf.set(consult, person);
      loads.set(person, (loads.get(person) ?? 0) + 1);
    }
  }

  return {
    take(consult) {
      setAssignee(consult.id, isOpen(consult.status) ? consult.assignee : null);
      for (const { event } of consult.timeline) {
        if (event.type !== 'auto-assigned' || event.body['rule'] !== 'round-robin') continue;
        const at = event.receivedAt ?? '';
        const last = roundRobin.get(consult.receivingDepartment);
        if (last === undefined || last.at <= at) {
          roundRobin.set(consult.receivingDepartment, { to: event.body['to'] as PersonId, at });
        }
      }
    },
    note(consult, department, { to, rule }) {
      setAssignee(consult, to);
      const last = roundRobin.get(department);
      if (rule === 'round-robin') roundRobin.set(department, { to, at: last?.at ?? '' });
    },
    openConsults: () => loads,
    lastRoundRobin: (department) => roundRobin.get(department)?.to ?? null,
  };
}
