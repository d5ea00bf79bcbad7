import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';
import { mayAct } from '#shared/consult/permissions.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { roleSchema, type Membership, type Person } from '#shared/directory/staff.ts';
import {
  departments,
  grant,
  hospital,
  membership,
  people,
  person,
  sampleBodies,
  storyStart,
} from '#tests/builders.ts';
import { acceptedHistories } from './histories.ts';

const memberships = fc.array(
  fc.record({
    department: fc.constantFrom(...Object.values(departments)),
    role: fc.constantFrom(...roleSchema.options),
  }),
  { maxLength: 3 },
);
const toMemberships = (
  held: readonly { department: { id: Membership['department'] }; role: Membership['role'] }[],
) => held.map(({ department, role }) => membership(department.id, role));
const designation = fc.constantFrom('registrar', 'ward-clerk', 'staff-nurse');
const grants = fc.subarray([grant('manage-hospital-consults'), grant('manage-department-consults')]);

/** With bodies that name somebody else, so that what is judged is the right to act and not whether one may be chosen. */
const allowedTo = (who: Person, events: Parameters<typeof projectConsult>[0]): Set<AuthoredConsultType> => {
  const consult = projectConsult(events);
  const directory = hospital();
  return new Set(
    authoredConsultTypes.filter(
      (action) =>
        mayAct({
          action,
          body: sampleBodies[action],
          person: who,
          consult: action === 'submitted' ? null : consult,
          directory,
          at: storyStart,
        }).allowed,
    ),
  );
};

describe('permissions', () => {
  test('no role gains by combining: together they allow what each allows alone', () => {
    fc.assert(
      fc.property(
        acceptedHistories,
        memberships,
        memberships,
        designation,
        grants,
        (events, a, b, title, held) => {
          const as = (list: typeof a): Person =>
            person('combined', toMemberships(list), { designation: title, grants: held });
          // A grant for one's own department needs a membership; it is given to each part alike.
          const alone = new Set([...allowedTo(as(a), events), ...allowedTo(as(b), events)]);
          expect(allowedTo(as([...a, ...b]), events)).toEqual(alone);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('who has no part in a consult may do nothing to it, whatever they are elsewhere', () => {
    fc.assert(
      fc.property(
        acceptedHistories,
        fc.array(fc.constantFrom(...roleSchema.options)),
        designation,
        (events, roles, title) => {
          const consult = projectConsult(events)!;
          const elsewhere = [departments.surgery, departments.radiology, departments.heartCentre].find(
            ({ id }) =>
              id !== consult.receivingDepartment &&
              !consult.earlierReceiving.includes(id) &&
              !consult.joinedDepartments.includes(id) &&
              id !== departments.heartCentre.id,
          );
          fc.pre(elsewhere !== undefined);
          const stranger = person(
            'stranger',
            roles.map((role) => membership(elsewhere.id, role)),
            {
              designation: title,
              grants: [grant('manage-department-consults')],
            },
          );
          expect([...allowedTo(stranger, events)]).toEqual([]);
        },
      ),
    );
  });

  test('the system is nobody: an act in its name is nobody’s to make', () => {
    const { clinical } = hospital().organisation!.designations[0]!;
    expect(clinical).toBe(true);
    expect(allowedTo({ ...people.cardiologist, id: 'system' as never, memberships: [] }, []).size).toBe(0);
  });
});
