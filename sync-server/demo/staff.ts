import type { Department } from '#shared/directory/department.ts';
import {
  permissionSchema,
  type Membership,
  type Permission,
  type Person,
  type Role,
} from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { clinicalCodes, departmentCodes, type DepartmentCode, type Departments } from './departments.ts';
import { staffNames } from './names.ts';
import type { Random } from './random.ts';

/** The people of one department, by what they do in it. */
export interface Team {
  readonly head: Person;
  /** Consultants, then the senior registrar, then those of the first tier, junior last. */
  readonly doctors: readonly Person[];
  readonly firstTier: readonly Person[];
  readonly secondTier: readonly Person[];
  readonly consultants: readonly Person[];
  readonly receiver: Person;
  readonly ward: readonly Person[];
}
export type Teams = Readonly<Record<DepartmentCode, Team>>;

interface Post {
  readonly designation: string;
  readonly role: Role;
  readonly title: boolean;
}
const doctor = (designation: string): Post => ({ designation, role: 'doctor', title: true });

const doctorsPosts: readonly Post[] = [
  doctor('head-of-department'),
  doctor('associate-professor'),
  doctor('assistant-professor'),
  doctor('senior-registrar'),
  doctor('registrar'),
  doctor('resident-4'),
  doctor('resident-2'),
  doctor('medical-officer'),
];
const nurse: Post = { designation: 'nurse-in-charge', role: 'nurse', title: false };
const clerk: Post = { designation: 'ward-clerk', role: 'clerk', title: false };
/** Departments busy enough for a clerk of their own. */
const withClerk: readonly DepartmentCode[] = ['MED', 'SURG', 'EMER', 'PAED'];

/** People the demo always has, because somebody signs in as them: post number in the department's list → name. */
const fixedNames: Readonly<Partial<Record<DepartmentCode, Readonly<Record<number, string>>>>> = {
  MED: { 0: 'Dr Naveed Lodhi', 4: 'Dr Hamza Raza', 8: 'Nida Farooqi' },
  CARD: { 0: 'Dr Uzma Naqvi', 4: 'Dr Ayesha Siddiq', 5: 'Dr Talha Mirza' },
  ADMIN: { 0: 'Faisal Effendi' },
};

function createNamer(random: Random): (title: boolean) => string {
  const taken = new Set(Object.values(fixedNames).flatMap((names) => Object.values(names)));
  return (title) => {
    for (;;) {
      const given = random.pick(random.chance(0.5) ? staffNames.women : staffNames.men);
      const name = `${title ? 'Dr ' : ''}${given} ${random.pick(staffNames.family)}`;
      if (taken.has(name) || taken.has(`Dr ${name}`)) continue;
      taken.add(name);
      return name;
    }
  };
}

const initialsOf = (name: string): string =>
  name
    .replace(/^Dr /, '')
    .split(' ')
    .map((part) => part.charAt(0))
    .join('')
    .slice(0, 2);

interface Hiring {
  readonly random: Random;
  readonly since: Instant;
  readonly nameOf: (title: boolean) => string;
}

function hire(
  post: Post,
  department: Department,
  fixed: string | undefined,
  { random, since, nameOf }: Hiring,
): Person {
  const name = fixed ?? nameOf(post.title);
  return {
    kind: 'person',
    id: random.uuid() as PersonId,
    name,
    initials: initialsOf(name),
    phone: post.role === 'doctor' ? `7${random.int(100, 999)}` : department.extension,
    designation: post.designation,
    memberships: [{ department: department.id, role: post.role, primary: true, from: since, until: null }],
    grants: [],
    active: true,
  };
}

const withRole = (person: Person, role: Role): Person => {
  const [first] = person.memberships;
  if (first === undefined) return person;
  const extra: Membership = { ...first, role, primary: false };
  return { ...person, memberships: [...person.memberships, extra] };
};
const withGrants = (person: Person, since: Instant, permissions: readonly Permission[]): Person => ({
  ...person,
  grants: permissions.map((permission) => ({ permission, from: since, until: null })),
});

function clinicalTeam(code: DepartmentCode, department: Department, hiring: Hiring): Team {
  const { since } = hiring;
  const posts = [...doctorsPosts, nurse, ...(withClerk.includes(code) ? [clerk] : [])];
  const people = posts.map((post, at) => hire(post, department, fixedNames[code]?.[at], hiring));
  const [chief, associate, assistant, senior, ...others] = people;
  if (chief === undefined || associate === undefined || assistant === undefined || senior === undefined) {
    throw new Error('a department needs its posts');
  }
  const head = withGrants(withRole(chief, 'head'), since, [
    'manage-department-consults',
    'see-department-dashboard',
  ]);
  const receiver = withRole(senior, 'receiver');
  const firstTier = others.slice(0, 4);
  return {
    head,
    receiver,
    firstTier,
    secondTier: [receiver, assistant],
    consultants: [associate, assistant, head],
    doctors: [head, associate, assistant, receiver, ...firstTier],
    ward: others.slice(4),
  };
}

/** Three who share the duty; the first of them administers everything. */
function administration(department: Department, hiring: Hiring): Team {
  const post: Post = { designation: 'administrator', role: 'administrator', title: false };
  const [first, ...others] = [0, 1, 2].map((at) => hire(post, department, fixedNames.ADMIN?.[at], hiring));
  if (first === undefined) throw new Error('somebody must administer');
  const head = withGrants(first, hiring.since, permissionSchema.options);
  const duty = [
    head,
    ...others.map((person) =>
      withGrants(person, hiring.since, ['manage-hospital-consults', 'see-hospital-dashboard']),
    ),
  ];
  return { head, receiver: head, doctors: [], firstTier: duty, secondTier: [], consultants: [], ward: [] };
}

export function buildTeams(departments: Departments, since: Instant, random: Random): Teams {
  const hiring = { random, since, nameOf: createNamer(random) };
  return Object.fromEntries(
    departmentCodes.map((code) => [
      code,
      code === 'ADMIN'
        ? administration(departments[code], hiring)
        : clinicalTeam(code, departments[code], hiring),
    ]),
  ) as Record<DepartmentCode, Team>;
}

export const peopleOf = (team: Team): Person[] => [
  ...new Set([...team.doctors, ...team.firstTier, ...team.ward]),
];

/** The departments with their heads, and with a delegated receiver in all but a few. */
export function withLeaders(departments: Departments, teams: Teams): Departments {
  const led = { ...departments };
  for (const code of departmentCodes) led[code] = { ...departments[code], head: teams[code].head.id };
  for (const code of clinicalCodes) {
    const delegated = !['UROL', 'NEUR'].includes(code);
    led[code] = { ...led[code], receiver: delegated ? teams[code].receiver.id : null };
  }
  return led;
}
