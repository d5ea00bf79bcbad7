import type { z } from 'zod';
import type { assignmentRuleSchema } from '#shared/consult/events.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AssignmentMode } from './department.ts';
import type { Directory } from './directory.ts';
import { headOf, receiverOf } from './leaders.ts';
import { departmentsOf, isClinical, membersOf, rankOf, rolesOf } from './membership.ts';
import { onCall, tiers, tiersHeld } from './on-call.ts';
import type { Person } from './staff.ts';

export type AssignmentRule = z.infer<typeof assignmentRuleSchema>;

export interface AssignmentInput {
  /** The receiving department and the urgency as they are now (after a redirect or a change of urgency). */
  readonly department: DepartmentId;
  readonly urgency: Urgency;
  /** Never chosen: nobody answers their own question. */
  readonly requester: PersonId;
  readonly preferredDoctor: PersonId | null;
  readonly directory: Directory;
  /** Open consults each person has now; absent means none. */
  readonly openConsults: ReadonlyMap<PersonId, number>;
  readonly at: Instant;
  /** Whom round robin chose last in this department; null for nobody yet. */
  readonly lastRoundRobin: PersonId | null;
}

export interface Assignment {
  readonly to: PersonId;
  readonly rule: AssignmentRule;
}

/** Active clinical people with a doctor's role in the department, by id. */
function doctorsOf({ directory, department, requester, at }: AssignmentInput): Person[] {
  return membersOf(directory, department, at).filter(
    (person) =>
      person.id !== requester &&
      rolesOf(person, department, at).has('doctor') &&
      isClinical(person, directory),
  );
}

function onCallAnyTier({ directory, department, requester, at }: AssignmentInput): PersonId | null {
  for (const tier of tiers) {
    const person = onCall(directory, department, tier, at);
    if (person !== null && person !== requester) return person;
  }
  return null;
}

/** An active member of the department other than the requester, else null. */
function memberOrNull(input: AssignmentInput, id: PersonId | null): PersonId | null {
  if (id === null || id === input.requester) return null;
  const person = input.directory.people.get(id);
  if (person?.active !== true) return null;
  return departmentsOf(person, input.at).has(input.department) ? id : null;
}

/**
 * The doctor asked for by name. An emergency or urgent request goes to them only while they are on call:
 * a wish must not send it to somebody asleep.
 */
function preferred(input: AssignmentInput): PersonId | null {
  const doctor = memberOrNull(input, input.preferredDoctor);
  if (doctor === null || !doctorsOf(input).some((person) => person.id === doctor)) return null;
  if (input.urgency === 'routine') return doctor;
  return tiersHeld(input.directory, input.department, doctor, input.at).length > 0 ? doctor : null;
}

const loadOf = (input: AssignmentInput, person: Person): number => input.openConsults.get(person.id) ?? 0;

/** The first by the given order; ties go to the smaller id because the list comes sorted by id. */
const firstBy = (people: readonly Person[], compare: (a: Person, b: Person) => number): PersonId | null =>
  [...people].sort(compare)[0]?.id ?? null;

function bySeniority(input: AssignmentInput): PersonId | null {
  const juniorFirst = input.urgency === 'routine';
  const ranked = doctorsOf(input).flatMap((person) => {
    const rank = rankOf(person, input.directory);
    return rank === null ? [] : [{ person, order: juniorFirst ? rank : -rank }];
  });
  ranked.sort((a, b) => a.order - b.order || loadOf(input, a.person) - loadOf(input, b.person));
  return ranked[0]?.person.id ?? null;
}

function leastLoaded(input: AssignmentInput): PersonId | null {
  const { directory } = input;
  return firstBy(
    doctorsOf(input),
    (a, b) =>
      loadOf(input, a) - loadOf(input, b) || (rankOf(a, directory) ?? 99) - (rankOf(b, directory) ?? 99),
  );
}

function roundRobin(input: AssignmentInput): PersonId | null {
  const ids = doctorsOf(input).map((person) => person.id);
  const { lastRoundRobin } = input;
  return ids.find((id) => lastRoundRobin === null || id > lastRoundRobin) ?? ids[0] ?? null;
}

function byMode(input: AssignmentInput, mode: AssignmentMode): Assignment | null {
  const chosen = (to: PersonId | null, rule: AssignmentRule): Assignment | null =>
    to === null ? null : { to, rule };
  switch (mode.mode) {
    case 'manual':
      return null;
    case 'on-call':
      return chosen(onCallAnyTier(input), 'on-call');
    case 'round-robin':
      return chosen(roundRobin(input), 'round-robin');
    case 'least-loaded':
      return chosen(leastLoaded(input), 'least-loaded');
    case 'seniority':
      return chosen(bySeniority(input), 'seniority');
    case 'named':
      return chosen(memberOrNull(input, mode.person), 'named');
    default:
      return exhaustive(mode);
  }
}

/** Whoever must have an emergency nobody took: on call, else the delegated receiver, else the head, else the most senior doctor there. */
function forEmergency(input: AssignmentInput): Assignment | null {
  const { directory, department, requester } = input;
  const awake = onCallAnyTier(input);
  if (awake !== null) return { to: awake, rule: 'on-call' };
  const head = headOf(directory, department);
  const receiver = receiverOf(directory, department);
  if (receiver !== null && receiver !== requester) {
    return { to: receiver, rule: receiver === head ? 'head' : 'receiver' };
  }
  if (head !== null && head !== requester) return { to: head, rule: 'head' };
  const senior = bySeniority(input) ?? firstBy(doctorsOf(input), () => 0);
  return senior === null ? null : { to: senior, rule: 'seniority' };
}

/**
 * Who gets a new, redirected or re-opened consult without anybody choosing (DEP-3); null leaves it in the department's pool.
 * The department's mode for the urgency decides; a preferred doctor comes before every mode but `manual`.
 * An emergency is never left in the pool while the department has anyone on call, a receiver, a head or any doctor but the requester.
 * An automatic assignment is no acknowledgement.
 */
export function assign(input: AssignmentInput): Assignment | null {
  const department = input.directory.departments.get(input.department);
  const mode = department?.assignment[input.urgency] ?? { mode: 'manual' as const };
  const wished = mode.mode === 'manual' ? null : preferred(input);
  if (wished !== null) return { to: wished, rule: 'preferred' };
  return byMode(input, mode) ?? (input.urgency === 'emergency' ? forEmergency(input) : null);
}
