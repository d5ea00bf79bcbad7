import type { Write } from '#server/store/port.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { departmentsOf } from '#shared/directory/membership.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { PushOutcome, QuarantineCode, RefusalCode } from '#shared/sync/protocol.ts';
import type { Arrived } from './arrived.ts';
import type { WorkingDocument } from './document-writer.ts';
import { quarantineWrite, refusedWrite } from './held-back.ts';

/** What became of one event, and what must be kept for it before that is said. */
export interface Verdict {
  readonly outcome: PushOutcome;
  readonly keep?: Write;
}

export const refused = ({ event, kind }: Arrived, code: RefusalCode, at: Instant): Verdict => ({
  outcome: { id: event.id, outcome: 'refused', code, kept: 'server' },
  keep: refusedWrite(kind, event, code, at),
});

/** Whose heads decide: from the document where it can be read, else from the event itself, else its author's departments. */
function departmentsConcerned(
  { event, kind, writtenAt }: Arrived,
  document: WorkingDocument,
  directory: Directory,
): DepartmentId[] {
  const events = document.events.length === 0 ? [event] : document.events;
  if (kind === 'consult') {
    const consult = projectConsult(events);
    if (consult !== null) return [...new Set([consult.requestingDepartment, consult.receivingDepartment])];
  } else {
    const patient = projectPatient(events);
    if (patient !== null) return [patient.content.department];
  }
  const author = directory.people.get(event.author);
  return author === undefined ? [] : [...departmentsOf(author, writtenAt)];
}

export function quarantined(
  arrived: Arrived,
  code: QuarantineCode,
  there: { document: WorkingDocument; directory: Directory; heldAt: Instant },
): Verdict {
  const { event, kind, writtenAt, age } = arrived;
  const departments = departmentsConcerned(arrived, there.document, there.directory);
  const { heldAt } = there;
  return {
    outcome: { id: event.id, outcome: 'quarantined', code },
    keep: quarantineWrite({ kind, event, code, departments, heldAt, writtenAt, startsAt: age.startsAt }),
  };
}
