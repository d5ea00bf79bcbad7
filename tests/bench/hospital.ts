import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Department } from '#shared/directory/department.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import type { Directory, DirectoryDocument } from '#shared/directory/directory.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import type { Person, Role } from '#shared/directory/staff.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import {
  department,
  departmentId,
  deviceId,
  grant,
  membership,
  organisation,
  person,
} from '#tests/builders.ts';

/** A teaching hospital: 25 departments of 40 people; four of them stand above five others each. */
export const departmentCount = 25;
const peopleEach = 40;
const parentCount = 4;
const belowEach = 5;
const managers = 3;

export interface Hospital {
  readonly departments: readonly Department[];
  /** In the order of `departments`: first the head, then the receiver, doctors, nurses, clerks. */
  readonly teams: readonly (readonly Person[])[];
  readonly people: readonly Person[];
  readonly documents: readonly DirectoryDocument[];
  readonly directory: Directory;
  personOf(id: PersonId): Person;
}

const minutesPerDay = 24 * 60;
const nameOf = (at: number): string => `unit-${String(at).padStart(2, '0')}`;
const codeOf = (at: number): string => `U${String.fromCharCode(65 + Math.floor(at / 26), 65 + (at % 26))}`;

const roleOf = (at: number): Role =>
  at === 0 ? 'head' : at === 1 ? 'receiver' : at < 30 ? 'doctor' : at < 38 ? 'nurse' : 'clerk';
const designationOf = (role: Role): string =>
  role === 'nurse' ? 'staff-nurse' : role === 'clerk' ? 'ward-clerk' : 'registrar';

export const isDoctor = (one: Person): boolean => one.designation === 'registrar';
/** The one tablet of each person here. */
export const deviceOf = (one: Pick<Person, 'name'>): DeviceId => deviceId(one.name);

function rotaWeek(place: Department, team: readonly Person[], now: Instant): RotaWeek {
  const shift = (tier: 'first' | 'second', one: Person | undefined): RotaWeek['shifts'] =>
    one === undefined
      ? []
      : [
          {
            id: `${place.code}-${tier}`,
            tier,
            person: one.id,
            startsAt: addMinutes(now, -minutesPerDay),
            endsAt: addMinutes(now, 6 * minutesPerDay),
            override: null,
          },
        ];
  const week = '2026-W47';
  return {
    kind: 'rota-week',
    id: `rota:${place.id}:${week}`,
    department: place.id,
    week,
    shifts: [...shift('first', team[2]), ...shift('second', team[3])],
  };
}

export function buildHospital(now: Instant): Hospital {
  const parentOf = (at: number): number | null => {
    const parent = Math.floor((at - parentCount) / belowEach);
    return at >= parentCount && parent < parentCount ? parent : null;
  };
  const policies = {
    emergency: defaultPolicy('emergency'),
    urgent: defaultPolicy('urgent'),
    routine: defaultPolicy('routine'),
  };
  const bare = Array.from({ length: departmentCount }, (_none, at) => {
    const parent = parentOf(at);
    return department(nameOf(at), {
      code: codeOf(at),
      parent: parent === null ? null : departmentId(nameOf(parent)),
      policies,
      assignment: {
        emergency: { mode: 'on-call' },
        urgent: { mode: 'on-call' },
        routine: { mode: 'manual' },
      },
    });
  });
  const teams = bare.map((place, at) =>
    Array.from({ length: peopleEach }, (_none, number) => {
      const role = roleOf(number);
      // One doctor in ten also works in the department next door.
      const next = bare[(at + 1) % departmentCount];
      const second =
        role === 'doctor' && number % 10 === 9 && next !== undefined
          ? [membership(next.id, role, { primary: false })]
          : [];
      return person(`${place.name}-${String(number)}`, [membership(place.id, role), ...second], {
        designation: designationOf(role),
        // The last head's colleagues of administration: they hold everything.
        grants:
          at === departmentCount - 1 && number >= peopleEach - managers
            ? [grant('manage-hospital-consults')]
            : [],
      });
    }),
  );
  const departments = bare.map((place, at) => {
    const [head, receiver] = teams[at] ?? [];
    return { ...place, head: head?.id ?? null, receiver: receiver?.id ?? null };
  });
  const people = teams.flat();
  const rota = departments.map((place, at) => rotaWeek(place, teams[at] ?? [], now));
  const documents: DirectoryDocument[] = [
    organisation({ name: 'Bench Hospital' }),
    ...departments,
    ...people,
    ...rota,
  ];
  const byId = new Map(people.map((one) => [one.id, one]));
  return {
    departments,
    teams,
    people,
    documents,
    directory: directoryFrom(documents),
    personOf(id) {
      const found = byId.get(id);
      if (found === undefined) throw new Error('nobody of the bench hospital has this id');
      return found;
    },
  };
}
