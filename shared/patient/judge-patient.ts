import { asWritten, hardFullness, lamportMargin, type Judgement } from '#shared/consult/judge.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { fullShare, type AuthoredEnvelope, type HeldEvent } from '#shared/event/envelope.ts';
import { cannotBeFull, fullnessOf } from '#shared/event/size.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { RefusalCode } from '#shared/sync/protocol.ts';
import { authoredPatientBodies, type AuthoredPatientType, type PatientBody } from './events.ts';
import { mayActOnPatient } from './patient-permissions.ts';
import { projectPatient } from './project-patient.ts';

export interface PatientCase {
  /** Parsed by parseAuthoredEvent('patient', …). */
  readonly event: AuthoredEnvelope;
  /** What the store holds, all of it stamped; [] when the document does not exist yet. */
  readonly documentEvents: readonly HeldEvent[];
  readonly person: Person;
  readonly directory: Directory;
  /** The corrected time of writing, back to the offline lease at most. */
  readonly writtenAt: Instant;
  /** Requesting departments of open consults about this patient: they may move the patient. */
  readonly requestingDepartments?: readonly DepartmentId[];
}

/** What a full record still takes: where the patient is and how it ended. */
const takenWhenFull: readonly string[] = [
  'moved',
  'discharged',
  'died',
  'state-corrected',
  'merged-into',
  'unmerged',
];

const refuse = (code: RefusalCode): Judgement => ({ verdict: 'refuse', code });
const isType = (type: string): type is AuthoredPatientType => Object.hasOwn(authoredPatientBodies, type);

/** Another department than one the directory knows and uses. */
const isUnknown = (directory: Directory, department: DepartmentId): boolean =>
  directory.departments.get(department)?.active !== true;

function departmentNamed(type: AuthoredPatientType, body: AuthoredEnvelope['body']): DepartmentId | null {
  if (type === 'registered') return (body as PatientBody<'registered'>).content.department;
  return type === 'moved' ? (body as PatientBody<'moved'>).department : null;
}

function judgeForm({ event, documentEvents, person }: PatientCase): RefusalCode | null {
  if (event.author !== person.id) return 'not-yours';
  const highestLamport = Math.max(0, ...documentEvents.map((held) => held.lamport));
  const highestN = Math.max(0, ...documentEvents.map((held) => held.n ?? 0));
  if (event.base > highestN) return 'base-in-the-future';
  if (event.lamport > highestLamport + 1 + lamportMargin) return 'lamport-out-of-range';
  if (event.type === 'registered') return documentEvents.length > 0 ? 'already-exists' : null;
  return documentEvents.length === 0 ? 'not-first' : null;
}

function isFull({ event, documentEvents }: PatientCase): boolean {
  if (cannotBeFull(documentEvents)) return false;
  const limit = takenWhenFull.includes(event.type) ? hardFullness : fullShare;
  return fullnessOf(documentEvents) >= limit;
}

/**
 * Whether an event about a patient may be taken: of a good form, by its author, allowed as of writing and as the author knew the record.
 * What is allowed and changes nothing any more is taken. Same MRN twice is taken; the server marks both.
 */
export function judgePatientEvent(asked: PatientCase): Judgement {
  const { event, documentEvents, person, directory, writtenAt } = asked;
  if (!isType(event.type)) return refuse('unknown-type');
  const fault = judgeForm(asked);
  if (fault !== null) return refuse(fault);
  const department = departmentNamed(event.type, event.body);
  if (department !== null && isUnknown(directory, department)) return refuse('unknown-department');
  if (event.type === 'merged-into' && event.body['patient'] === event.document)
    return refuse('unknown-patient');
  const allowed = mayActOnPatient({
    action: event.type,
    person,
    patient:
      projectPatient(asWritten({ event, documentEvents, directory, writtenAt })) ??
      projectPatient(documentEvents),
    department,
    ...(asked.requestingDepartments === undefined
      ? {}
      : { requestingDepartments: asked.requestingDepartments }),
    directory,
    at: writtenAt,
  });
  if (!allowed) return refuse('not-allowed');
  return isFull(asked) ? refuse('document-full') : { verdict: 'accept' };
}
