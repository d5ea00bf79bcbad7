import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { EscalationRecipient } from '#shared/directory/escalation-policy.ts';
import { dutyAdministrator, headOf, parentHeadOf, receiverOf } from '#shared/directory/leaders.ts';
import { administratorsOf, hasPermission, membersOf } from '#shared/directory/membership.ts';
import { onCall } from '#shared/directory/on-call.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { DueStep } from './due-steps.ts';

/** A person and in what capacity they are told, such as 'on-call first'. */
export interface Recipient {
  readonly person: PersonId;
  readonly as: string;
}

/** As many as one `escalated` event can name. */
const maxRecipients = 30;

const one = (person: PersonId | null, as: string): Recipient[] => (person === null ? [] : [{ person, as }]);

function unique(recipients: readonly Recipient[]): Recipient[] {
  const byPerson = new Map<PersonId, Recipient>();
  for (const recipient of recipients) {
    if (!byPerson.has(recipient.person)) byPerson.set(recipient.person, recipient);
  }
  return [...byPerson.values()].slice(0, maxRecipients);
}

/**
 * Somebody, when those who should be told are nobody: head → parent's head → duty administrator → administrators →
 * whoever manages consults hospital-wide → the department's people → anyone active. Empty only for a directory without active people.
 */
export function lastRecipients(directory: Directory, department: DepartmentId, at: Instant): Recipient[] {
  const active = [...directory.people.values()].filter((person) => person.active);
  const ways: (() => Recipient[])[] = [
    () => one(headOf(directory, department), 'head'),
    () => one(parentHeadOf(directory, department), 'parent-head'),
    () => one(dutyAdministrator(directory, at), 'duty-administrator'),
    () => administratorsOf(directory, at).map((person) => ({ person, as: 'administrator' })),
    () =>
      active
        .filter((person) => hasPermission(person, 'manage-hospital-consults', at))
        .map((person) => ({ person: person.id, as: 'manager' })),
    () => membersOf(directory, department, at).map((person) => ({ person: person.id, as: 'member' })),
    () => active.map((person) => ({ person: person.id, as: 'anyone' })),
  ];
  for (const way of ways) {
    const found = unique(way());
    if (found.length > 0) return found;
  }
  return [];
}

function resolve(
  recipient: EscalationRecipient,
  {
    consult,
    side,
    department,
    directory,
    now,
  }: {
    consult: Consult;
    side: DueStep['side'];
    department: DepartmentId;
    directory: Directory;
    now: Instant;
  },
): Recipient[] {
  switch (recipient.who) {
    case 'assignee':
      return side === 'receiving' ? one(consult.assignee, 'assignee') : one(consult.requester, 'requester');
    case 'on-call':
      return one(onCall(directory, department, recipient.tier, now), `on-call ${recipient.tier}`);
    case 'receiver':
      return one(receiverOf(directory, department), 'receiver');
    case 'head':
      return one(headOf(directory, department), 'head');
    case 'parent-head':
      return one(parentHeadOf(directory, department), 'parent-head');
    case 'duty-administrator':
      return one(dutyAdministrator(directory, now), 'duty-administrator');
    case 'named':
      return one(recipient.person, 'named');
    default:
      return exhaustive(recipient);
  }
}

/**
 * The people a step means at the moment it fires, each once, in the step's order; people who left are not among them.
 * Never empty while the directory has one active person: see `lastRecipients`.
 */
export function recipientsOf(
  step: DueStep,
  consult: Consult,
  directory: Directory,
  now: Instant,
): Recipient[] {
  const department = step.side === 'receiving' ? consult.receivingDepartment : consult.requestingDepartment;
  const context = { consult, side: step.side, department, directory, now };
  const found = unique(
    step.notify
      .flatMap((recipient) => resolve(recipient, context))
      .filter((recipient) => directory.people.get(recipient.person)?.active === true),
  );
  return found.length > 0 ? found : lastRecipients(directory, department, now);
}
