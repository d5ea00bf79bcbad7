import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { personWith } from '#shared/administration/person-fields.ts';
import { mayAdminister, powersOf } from '#shared/administration/rights.ts';
import { staffChangeRefusals, takesLastAdministrator } from '#shared/administration/staff-rights.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { administratorsOf, hasPermission, membershipsAt } from '#shared/directory/membership.ts';
import { permissionSchema, roleSchema, type Person } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  department,
  departmentId,
  directoryOf,
  grant,
  membership,
  person,
  storyStart,
} from '#tests/builders.ts';

const departments = [department('one'), department('two')];
const ids = [departmentId('one'), departmentId('two')];
const permissions = fc.uniqueArray(fc.constantFrom(...permissionSchema.options), { maxLength: 7 });
const places = fc.uniqueArray(
  fc.record({ department: fc.constantFrom(...ids), role: fc.constantFrom(...roleSchema.options) }),
  { maxLength: 3, selector: ({ department: of, role }) => `${of} ${role}` },
);

const someone = (name: string): fc.Arbitrary<Person> =>
  fc
    .record({ permissions, places, active: fc.boolean() })
    .map(({ permissions: granted, places: at, active }) =>
      person(
        name,
        at.map(({ department: of, role }, index) => membership(of, role, { primary: index === 0 })),
        { grants: granted.map(grant), active },
      ),
    );

const staff = fc.tuple(someone('a'), someone('b'), someone('c'), someone('d'));
/** One attempt to change somebody: who, whom, into what. */
const attempts = fc.array(
  fc.record({
    by: fc.nat(3),
    target: fc.nat(3),
    permissions,
    places,
    active: fc.option(fc.boolean(), { nil: null }),
  }),
  { minLength: 1, maxLength: 8 },
);

type Attempts = typeof attempts extends fc.Arbitrary<infer Tries> ? Tries : never;

/** Plays attempts as the server judges them; what is refused changes nothing. */
function play(
  people: readonly Person[],
  tries: Attempts,
  each: (before: Directory, after: Directory, by: Person, target: Person) => void,
): void {
  let directory = directoryOf([...people], departments);
  tries.forEach((attempt, index) => {
    const at = addMinutes(storyStart, index);
    const now = people.map(({ id }) => directory.people.get(id)!);
    const [by, target] = [now[attempt.by]!, now[attempt.target]!];
    let next: Person | null = null;
    if (attempt.active !== null) {
      const asked = { act: 'staff-deactivate' as const, person: by, directory, at, target: target.id };
      if (mayAdminister(asked).allowed) next = { ...target, active: attempt.active };
    } else {
      const fields = {
        name: target.name,
        initials: target.initials,
        email: null,
        mobile: null,
        phone: null,
        designation: target.designation,
        memberships: attempt.places.map((place, place0) => ({ ...place, primary: place0 === 0 })),
        permissions: attempt.permissions,
      };
      const refusals = staffChangeRefusals({
        by,
        directory,
        at,
        target: target.id,
        held: target,
        fields,
        changesMore: true,
      });
      const made = personWith(target.id, fields, target, at);
      if (refusals.length === 0 && made.ok) next = made.value;
    }
    if (next === null || takesLastAdministrator(directory, target.id, next, at)) return;
    const after = { ...directory, people: new Map(directory.people).set(target.id, next) };
    each(directory, after, by, target);
    directory = after;
  });
}

const last = addMinutes(storyStart, 1000);

describe('laws of administration', () => {
  it('PEO-3 nobody ends up with a power that the one who gave it did not hold', () => {
    fc.assert(
      fc.property(staff, attempts, (people, tries) => {
        play(people, tries, (before, after, by, target) => {
          const gained = [...powersOf(after.people.get(target.id)!, last)].filter(
            (power) => !powersOf(before.people.get(target.id)!, last).has(power),
          );
          const held = powersOf(before.people.get(by.id)!, last);
          expect(gained.filter((power) => !held.has(power))).toEqual([]);
        });
      }),
    );
  });

  it('PEO-3 nobody changes what they themselves may do', () => {
    fc.assert(
      fc.property(staff, attempts, (people, tries) => {
        play(people, tries, (before, after, by, target) => {
          if (by.id !== target.id) return;
          const standing = (directory: Directory) => {
            const own = directory.people.get(by.id)!;
            return [own.active, powersOf(own, last), membershipsAt(own, last)];
          };
          expect(standing(after)).toEqual(standing(before));
        });
      }),
    );
  });

  it('PEO-3 a hospital that has an administrator, and managers of staff and permissions, keeps one of each', () => {
    const has = (directory: Directory) => {
      const active = [...directory.people.values()].filter((one) => one.active);
      return [
        administratorsOf(directory, last).length > 0,
        active.some((one) => hasPermission(one, 'manage-staff', last)),
        active.some((one) => hasPermission(one, 'manage-permissions', last)),
      ];
    };
    fc.assert(
      fc.property(staff, attempts, (people, tries) => {
        play(people, tries, (before, after) => {
          const kept = has(after);
          has(before).forEach((had, index) => expect(!had || kept[index]).toBe(true));
        });
      }),
    );
  });
});
