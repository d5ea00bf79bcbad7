import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { EscalationPolicy, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { isDutyAdministration } from '#shared/directory/rota-gaps.ts';
import { ancestorsOf } from '#shared/directory/leaders.ts';
import { departmentsOf, isClinical, membersOf } from '#shared/directory/membership.ts';
import { policyProblems, type PolicyProblem } from '#shared/directory/policy-problems.ts';
import { rolesIn, hasDoctorsRole } from '#shared/consult/roles.ts';
import { urgencies } from '#shared/consult/vocabulary.ts';
import { callsNobody } from '#shared/escalation/policy-people.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { DepartmentFields } from './departments.ts';
import { directionMarkRefusals } from './names.ts';
import { refusal, type AdministrationRefusal, type AdministrationRefusalCode } from './refusals.ts';
import { otherHead } from './staff-checks.ts';

export interface DepartmentCheck {
  readonly id: DepartmentId;
  readonly fields: DepartmentFields;
  /** Names of the fields that are new; what nobody touches is not judged anew. */
  readonly changed: ReadonlySet<keyof DepartmentFields>;
  readonly directory: Directory;
  readonly at: Instant;
}

const policyCode: Readonly<Record<PolicyProblem['type'], AdministrationRefusalCode>> = {
  'out-of-order': 'policy-out-of-order',
  'climbs-down': 'policy-climbs-down',
  loops: 'policy-loops',
  'dead-end': 'policy-dead-end',
};

/** So far ahead somebody has to hold a role that a step calls. */
const rotaAheadMinutes = 14 * 24 * 60;

const peopleOf = ({ notify }: EscalationStep): string => canonicalJson(notify);

interface PolicyCheck {
  readonly department: DepartmentId;
  /** With the department as it shall be. */
  readonly directory: Directory;
  /** The department's policies as they are; null: it is new. */
  readonly held: Department['policies'] | null;
  readonly at: Instant;
}

/**
 * Steps that would call nobody. Who is called by a step that is there already, or by one of the usual ones, is not judged anew: a rota that is not
 * written yet must keep nobody from changing minutes, and others come in for them.
 */
function stepsWithoutPeople(
  policy: EscalationPolicy,
  { department, directory, held, at }: PolicyCheck,
  path: string,
): AdministrationRefusal[] {
  const policies = [...Object.values(held ?? {}), ...urgencies.map((urgency) => defaultPolicy(urgency))];
  const known = new Set(policies.flatMap(({ steps }) => steps.map(peopleOf)));
  const place = { department, directory, from: at, until: addMinutes(at, rotaAheadMinutes) };
  return policy.steps.flatMap((step, index) =>
    !known.has(peopleOf(step)) && callsNobody(step, place)
      ? [refusal('policy-calls-nobody', `${path}.steps.${String(index)}`)]
      : [],
  );
}

/** Why a policy may not be stored; places such as `emergency.steps.2`. */
export function policyRefusals(
  policy: EscalationPolicy,
  check: PolicyCheck,
  path: string,
): AdministrationRefusal[] {
  const { directory } = check;
  const problems = policyProblems(policy).map((problem) =>
    refusal(
      policyCode[problem.type],
      'step' in problem ? `${path}.steps.${String(problem.step)}` : `${path}.${problem.unless}`,
    ),
  );
  const strangers = policy.steps.flatMap((step, at) =>
    step.notify.flatMap((recipient) =>
      recipient.who === 'named' && directory.people.get(recipient.person)?.active !== true
        ? [refusal('unknown-person', `${path}.steps.${String(at)}`)]
        : [],
    ),
  );
  const named = new Set(strangers.map((one) => one.path));
  // Whom nobody knows is said once.
  const empty = stepsWithoutPeople(policy, check, path).filter((one) => !named.has(one.path));
  return [...problems, ...strangers, ...empty];
}

/** True when the department would stand above itself, at any depth. */
function makesCycle(directory: Directory, id: DepartmentId, parent: DepartmentId): boolean {
  return parent === id || ancestorsOf(directory, parent).some((above) => above.id === id);
}

function leaderRefusals(
  who: 'head' | 'receiver',
  person: PersonId,
  { id, fields, directory, at }: DepartmentCheck,
): AdministrationRefusal[] {
  const known = directory.people.get(person);
  if (known === undefined) return [refusal('unknown-person', who)];
  if (!known.active) return [refusal('inactive-person', who)];
  const held = directory.departments.get(id);
  const isThere = departmentsOf(known, at).has(id);
  // The head of a department above leads this one already.
  const parents =
    fields.parent === null
      ? []
      : [fields.parent, ...ancestorsOf(directory, fields.parent).map((above) => above.id)];
  const isAbove = parents.some((above) => rolesIn(known, above, directory, at).has('head'));
  // Nobody belongs to a department before it is made; whoever is to lead it is named with it.
  const isFirst = who === 'head' && held === undefined;
  if (!isThere && !isAbove && !isFirst && held?.head !== person) return [refusal('not-a-member', who)];
  const hasOther = who === 'head' && otherHeadByRole(directory, id, person, at);
  return hasOther ? [refusal('two-heads', 'head')] : [];
}

/** The field itself is what changes, so only memberships count. */
const otherHeadByRole = (directory: Directory, id: DepartmentId, person: PersonId, at: Instant): boolean => {
  const held = directory.departments.get(id);
  if (held === undefined) return false;
  const without: Directory = {
    ...directory,
    departments: new Map(directory.departments).set(id, { ...held, head: null }),
  };
  return otherHead(without, id, person, at) !== null;
};

function assignmentRefusals({ id, fields, directory, at }: DepartmentCheck): AdministrationRefusal[] {
  return urgencies.flatMap((urgency) => {
    const mode = fields.assignment[urgency];
    if (mode.mode !== 'named') return [];
    const path = `assignment.${urgency}.person`;
    const person = directory.people.get(mode.person);
    if (person?.active !== true) return [refusal('unknown-person', path)];
    const mayReceive = isClinical(person, directory) && hasDoctorsRole(rolesIn(person, id, directory, at));
    return mayReceive ? [] : [refusal('cannot-receive', path)];
  });
}

function questionRefusals(questions: DepartmentFields['intakeQuestions']): AdministrationRefusal[] {
  const found: AdministrationRefusal[] = [];
  const ids = new Set<string>();
  questions.forEach((question, index) => {
    const path = `intakeQuestions.${String(index)}`;
    if (ids.has(question.id)) found.push(refusal('question-twice', `${path}.id`));
    ids.add(question.id);
    if (question.kind === 'choice') {
      const choices = question.choices.map((choice) => choice.trim().toLowerCase());
      if (new Set(choices).size < choices.length) found.push(refusal('choice-twice', `${path}.choices`));
    }
    if (question.kind === 'number' && question.min > question.max)
      found.push(refusal('min-above-max', `${path}.min`));
  });
  return found;
}

const sameName = (a: string, b: string): boolean =>
  a.trim().toLocaleLowerCase('en') === b.trim().toLocaleLowerCase('en');

function placeRefusals({ id, fields, changed, directory }: DepartmentCheck): AdministrationRefusal[] {
  const found: AdministrationRefusal[] = [];
  const others = [...directory.departments.values()].filter((other) => other.id !== id);
  if (changed.has('code') && others.some((other) => other.code === fields.code))
    found.push(refusal('code-taken', 'code'));
  if (changed.has('name') && others.some((other) => other.active && sameName(other.name, fields.name)))
    found.push(refusal('name-taken', 'name'));
  if (changed.has('parent') && fields.parent !== null) {
    if (makesCycle(directory, id, fields.parent)) found.push(refusal('cycle', 'parent'));
    else if (directory.departments.get(fields.parent)?.active !== true)
      found.push(refusal('unknown-parent', 'parent'));
  }
  return found;
}

/** The hospital with the department as it shall be, for what its policies mean. */
function ofPolicies({ id, fields, directory, at }: DepartmentCheck): PolicyCheck {
  const held = directory.departments.get(id);
  const department: Department = { kind: 'department', id, active: held?.active ?? true, ...fields };
  return {
    department: id,
    directory: { ...directory, departments: new Map(directory.departments).set(id, department) },
    held: held?.policies ?? null,
    at,
  };
}

/** What stands against a department's fields beside who may write them; [] when they may be stored. */
export function departmentRefusals(check: DepartmentCheck): AdministrationRefusal[] {
  const { fields, changed } = check;
  const { name, extension, email, intakeQuestions } = fields;
  const found = [
    ...directionMarkRefusals({ name, extension, email, intakeQuestions }),
    ...placeRefusals(check),
  ];
  if (changed.has('head') && fields.head !== null) found.push(...leaderRefusals('head', fields.head, check));
  if (changed.has('receiver') && fields.receiver !== null)
    found.push(...leaderRefusals('receiver', fields.receiver, check));
  if (changed.has('targets'))
    for (const urgency of urgencies) {
      const { acknowledged, seen, completed } = fields.targets[urgency];
      if (acknowledged > seen || seen > completed)
        found.push(refusal('targets-out-of-order', `targets.${urgency}`));
    }
  if (changed.has('assignment')) found.push(...assignmentRefusals(check));
  if (changed.has('policies'))
    for (const urgency of urgencies)
      found.push(...policyRefusals(fields.policies[urgency], ofPolicies(check), `policies.${urgency}`));
  if (changed.has('intakeQuestions')) found.push(...questionRefusals(intakeQuestions));
  return found;
}

/** Why a department may not be taken out of use. `openConsults`: how many it asks or answers. */
export function deactivationRefusals(
  department: Department,
  directory: Directory,
  openConsults: number,
  at: Instant,
): AdministrationRefusal[] {
  const found: AdministrationRefusal[] = [];
  if (openConsults > 0) found.push(refusal('open-consults'));
  if (membersOf(directory, department.id, at).length > 0) found.push(refusal('has-people'));
  const below = [...directory.departments.values()].some(
    (other) => other.parent === department.id && other.active,
  );
  if (below) found.push(refusal('has-departments'));
  if (isDutyAdministration(directory, department.id)) found.push(refusal('is-duty-administration'));
  return found;
}
