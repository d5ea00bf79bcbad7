import type { Directory } from '#shared/directory/directory.ts';
import { hasPermission, isClinical, rolesOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { RefusalCode } from '#shared/sync/protocol.ts';
import type { Consult } from './consult.ts';
import type { AuthoredConsultType, ConsultBody } from './events.ts';
import { hasDoctorsRole, rolesIn } from './roles.ts';

/** What a person is to a consult. One person may be several; each adds only what the table lists for it. */
export type Hat =
  /** A doctor's part in the requesting department: a clinical doctor, receiver or head there, or head above it. */
  | 'requesting-doctor'
  /** Any other membership of the requesting department: reads. */
  | 'requesting-staff'
  /** The same for departments that joined the request. */
  | 'joined-doctor'
  | 'joined-staff'
  | 'receiving-doctor'
  /** Receiver, head (also of a department above), delegate, or a member who holds manage-department-consults. */
  | 'receiving-leader'
  | 'receiving-staff'
  | 'earlier-doctor'
  | 'earlier-staff'
  /** It was given to them; keeps the doctor's acts on it even after a move to another department. */
  | 'assignee'
  /** The consult names them: reads. */
  | 'named'
  /** Holds manage-hospital-consults. */
  | 'hospital-manager';

const everyone: readonly Hat[] = [
  'requesting-doctor',
  'requesting-staff',
  'joined-doctor',
  'joined-staff',
  'receiving-doctor',
  'receiving-leader',
  'receiving-staff',
  'earlier-doctor',
  'earlier-staff',
  'assignee',
  'named',
  'hospital-manager',
];
const requesting: readonly Hat[] = ['requesting-doctor'];
const treating: readonly Hat[] = ['receiving-doctor', 'assignee'];
const bothSides: readonly Hat[] = ['requesting-doctor', 'joined-doctor', ...treating];

/**
 * The one table of who may do what (CON-3). Wearing one of an act's hats is needed; some acts also look at what they say
 * (`restrictions`). `submitted` needs no hat: there is no consult yet.
 */
export const permittedHats: Readonly<Record<AuthoredConsultType, readonly Hat[]>> = {
  submitted: [],
  resubmitted: requesting,
  'info-provided': ['requesting-doctor', 'joined-doctor'],
  'urgency-changed': requesting,
  'recommendation-marked': requesting,
  closed: requesting,
  reopened: requesting,
  cancelled: requesting,
  rang: ['requesting-doctor', 'joined-doctor'],
  acknowledged: [...treating, 'receiving-leader'],
  'promise-changed': treating,
  // A doctor who is no leader: only to themselves, and only what nobody has.
  assigned: ['receiving-leader', 'receiving-doctor'],
  reassigned: ['receiving-leader', 'hospital-manager'],
  unassigned: ['receiving-leader'],
  seen: treating,
  'info-requested': treating,
  redirected: ['receiving-leader', 'hospital-manager'],
  declined: ['receiving-leader'],
  completed: treating,
  'follow-up-recorded': treating,
  'follow-up-ended': treating,
  // Only the one it was offered to.
  'hand-over-confirmed': ['receiving-doctor'],
  'note-added': [...bothSides, 'earlier-doctor'],
  'message-posted': [...bothSides, 'receiving-leader'],
  'attachment-added': bothSides,
  joined: ['requesting-doctor', 'receiving-doctor'],
  opened: everyone,
  // Only what they wrote themselves.
  corrected: everyone,
  'entered-in-error': everyone,
  'force-closed': ['hospital-manager'],
};

export type Permit = { readonly allowed: true } | { readonly allowed: false; readonly code: RefusalCode };

export interface Act {
  readonly action: AuthoredConsultType;
  /** What the act says, parsed; null while nothing is filled in (a screen asking which buttons to show): then only what does not depend on it is judged. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly person: Person;
  /** As the author knew it; null for `submitted`. */
  readonly consult: Consult | null;
  readonly directory: Directory;
  /** When it was written: memberships and grants of that moment count. */
  readonly at: Instant;
}

type Judged = Omit<Act, 'consult'> & { readonly consult: Consult };

/** Everything the person is to the consult at that moment; empty: nothing, and nothing may be done or read. */
export function relationOf({
  consult,
  person,
  directory,
  at,
}: Omit<Judged, 'action' | 'body'>): ReadonlySet<Hat> {
  const hats = new Set<Hat>();
  const clinical = isClinical(person, directory);
  const wear = (department: DepartmentId, doctor: Hat, staff: Hat): void => {
    const roles = rolesIn(person, department, directory, at);
    if (roles.size > 0) hats.add(clinical && hasDoctorsRole(roles) ? doctor : staff);
  };
  wear(consult.requestingDepartment, 'requesting-doctor', 'requesting-staff');
  wear(consult.receivingDepartment, 'receiving-doctor', 'receiving-staff');
  for (const department of consult.joinedDepartments) wear(department, 'joined-doctor', 'joined-staff');
  for (const department of consult.earlierReceiving) wear(department, 'earlier-doctor', 'earlier-staff');
  if (leads(consult.receivingDepartment, person, directory, at)) hats.add('receiving-leader');
  if (consult.assignee === person.id && clinical && isDoctorSomewhere(person, at)) hats.add('assignee');
  if (consult.involved.includes(person.id)) hats.add('named');
  if (hasPermission(person, 'manage-hospital-consults', at)) hats.add('hospital-manager');
  return hats;
}

function leads(department: DepartmentId, person: Person, directory: Directory, at: Instant): boolean {
  const roles = rolesIn(person, department, directory, at);
  if (roles.has('receiver') || roles.has('head')) return true;
  return roles.size > 0 && hasPermission(person, 'manage-department-consults', at);
}

const isDoctorSomewhere = (person: Person, at: Instant): boolean => hasDoctorsRole(rolesOf(person, null, at));

const yes: Permit = { allowed: true };
const no = (code: RefusalCode = 'not-allowed'): Permit => ({ allowed: false, code });

/** Whether the person may do this, judged on what they say, what they were, and what the consult was to them. */
export function mayAct(act: Act): Permit {
  if (act.action === 'submitted') return maySubmit(act);
  const { consult } = act;
  if (consult === null) return no();
  const hats = relationOf({ ...act, consult });
  if (!permittedHats[act.action].some((hat) => hats.has(hat))) return no();
  return restrictions(act.action, { ...act, consult }, hats);
}

function maySubmit({ consult, body, person, directory, at }: Act): Permit {
  if (consult !== null) return no('not-first');
  const isDoctorIn = (department: DepartmentId): boolean =>
    isClinical(person, directory) && hasDoctorsRole(rolesIn(person, department, directory, at));
  if (body === null) return isClinical(person, directory) && isDoctorSomewhere(person, at) ? yes : no();
  const { content } = body as ConsultBody<'submitted'>;
  if (!isDoctorIn(content.requestingDepartment)) return no();
  if (!directory.departments.has(content.receivingDepartment)) return no('unknown-department');
  return content.receivingDepartment === content.requestingDepartment ? no('own-department') : yes;
}

/** What an act says may still forbid it. */
function restrictions(
  action: Exclude<AuthoredConsultType, 'submitted'>,
  act: Judged,
  hats: ReadonlySet<Hat>,
): Permit {
  const { body, consult, person, directory } = act;
  switch (action) {
    case 'acknowledged':
      if (body === null || body['assignSelf'] !== true) return yes;
      return mayTake(act, hats) ? yes : no();
    case 'assigned':
      if (!hats.has('receiving-leader') && (body === null || body['to'] !== person.id)) return no();
      if (!hats.has('receiving-leader') && !mayTake(act, hats)) return no();
      return body === null ? yes : mayReceive(act, body['to'] as PersonId);
    case 'reassigned':
      return body === null ? yes : mayReceive(act, body['to'] as PersonId);
    case 'redirected': {
      if (body === null) return yes;
      const { department } = body as ConsultBody<'redirected'>;
      if (!directory.departments.has(department)) return no('unknown-department');
      if (department === consult.requestingDepartment) return no('own-department');
      return department === consult.receivingDepartment ? no() : yes;
    }
    case 'declined': {
      if (body === null) return yes;
      const { wayForward } = body as ConsultBody<'declined'>;
      if (wayForward.way !== 'other-department') return yes;
      return directory.departments.has(wayForward.department) ? yes : no('unknown-department');
    }
    case 'joined':
      if (body === null) return yes;
      return directory.departments.has((body as ConsultBody<'joined'>).department)
        ? yes
        : no('unknown-department');
    case 'hand-over-confirmed':
      return consult.handOver?.to === person.id ? yes : no();
    case 'corrected':
    case 'entered-in-error': {
      if (body === null) return yes;
      const target = consult.timeline.find((entry) => entry.event.id === body['of']);
      return target?.event.author === person.id ? yes : no();
    }
    case 'resubmitted':
    case 'info-provided':
    case 'urgency-changed':
    case 'recommendation-marked':
    case 'closed':
    case 'reopened':
    case 'cancelled':
    case 'rang':
    case 'promise-changed':
    case 'unassigned':
    case 'seen':
    case 'info-requested':
    case 'completed':
    case 'follow-up-recorded':
    case 'follow-up-ended':
    case 'note-added':
    case 'message-posted':
    case 'attachment-added':
    case 'opened':
    case 'force-closed':
      return yes;
  }
}

/** A doctor of the receiving department itself (CON-4), at the moment of writing. */
const isDoctorOf = (department: DepartmentId, person: Person, directory: Directory, at: Instant): boolean =>
  isClinical(person, directory) && hasDoctorsRole(rolesOf(person, department, at));

/** Nobody has it by a person's act: it has no assignee, or only one a machine chose and nobody has acknowledged. */
export const isUntaken = (consult: Consult): boolean =>
  consult.assignee === null || (consult.assignedBy?.automatic === true && consult.acknowledgedBy === null);

/** Taking it for oneself: what nobody has, or what one has already. A leader who takes it from somebody reassigns it. */
function mayTake({ consult, person, directory, at }: Judged, hats: ReadonlySet<Hat>): boolean {
  if (consult.assignee === person.id && hats.has('assignee')) return true;
  if (!isDoctorOf(consult.receivingDepartment, person, directory, at)) return false;
  return isUntaken(consult);
}

/**
 * Whether who acknowledges also has it from then on: nobody has it by a person's act (a machine's choice is none, CON-16), and they are a doctor of the
 * department. Never from somebody who has acknowledged. A head of the department above may acknowledge, and it stays with whom it was.
 */
export const takesByAcknowledging = (
  consult: Consult,
  person: Person,
  directory: Directory,
  at: Instant,
): boolean =>
  mayAct({ action: 'acknowledged', body: { assignSelf: true }, consult, person, directory, at }).allowed;

/** Whom they would take it from by acknowledging; null: from nobody. */
export function takenFromByAcknowledging(
  consult: Consult,
  person: Person,
  directory: Directory,
  at: Instant,
): PersonId | null {
  const takes = takesByAcknowledging(consult, person, directory, at);
  return takes && consult.assignee !== person.id ? consult.assignee : null;
}

function mayReceive({ consult, directory, at }: Judged, to: PersonId): Permit {
  const receiver = directory.people.get(to);
  if (receiver === undefined) return no('unknown-person');
  return isDoctorOf(consult.receivingDepartment, receiver, directory, at) ? yes : no();
}
