import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit, editOf } from '#shared/administration/edit.ts';
import { fieldsOfPerson, personWith } from '#shared/administration/person-fields.ts';
import type { StaffFields } from '#shared/administration/staff.ts';
import { hasPermission, rolesOf } from '#shared/directory/membership.ts';
import { permissionSchema, personSchema, roleSchema, type Person } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departmentId, personId, storyStart } from '#tests/builders.ts';

const ids = [departmentId('one'), departmentId('two'), departmentId('three')];
const fields: fc.Arbitrary<StaffFields> = fc
  .record({
    name: fc.constantFrom('Ali', 'Sara', 'محمد'),
    phone: fc.option(fc.constantFrom('1', '2'), { nil: null }),
    places: fc.uniqueArray(
      fc.record({ department: fc.constantFrom(...ids), role: fc.constantFrom(...roleSchema.options) }),
      { maxLength: 4, selector: ({ department, role }) => `${department} ${role}` },
    ),
    primary: fc.nat(3),
    permissions: fc.uniqueArray(fc.constantFrom(...permissionSchema.options), { maxLength: 7 }),
  })
  .map(({ name, phone, places, primary, permissions }) => ({
    name,
    initials: 'XX',
    email: null,
    phone,
    mobile: null,
    designation: 'registrar',
    memberships: places.map((place, index) => ({
      ...place,
      primary: index === Math.min(primary, places.length - 1),
    })),
    permissions: permissionSchema.options.filter((one) => permissions.includes(one)),
  }));

const sorted = (list: StaffFields['memberships']) =>
  [...list].sort((a, b) => (`${a.department} ${a.role}` < `${b.department} ${b.role}` ? -1 : 1));
const like = (one: StaffFields) => ({ ...one, memberships: sorted(one.memberships) });
const id = personId('somebody');
const noPrivate = { email: null, mobile: null };

/** One save after the other, a minute apart. */
function saved(forms: readonly StaffFields[]): Person[] {
  const states: Person[] = [];
  forms.forEach((form, index) => {
    const made = personWith(id, form, states.at(-1) ?? null, addMinutes(storyStart, index));
    if (!made.ok) throw new Error(made.error.code);
    states.push(made.value);
  });
  return states;
}

describe('a person and the form of them', () => {
  it('what is saved is what is shown, and a valid document', () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 6 }), (forms) => {
        saved(forms).forEach((state, index) => {
          expect(personSchema.parse(state)).toEqual(state);
          const shown = fieldsOfPerson(state, noPrivate, addMinutes(storyStart, index));
          expect(like(shown)).toEqual(like(forms[index]!));
        });
      }),
    );
  });

  it('PEO-1 no save changes what somebody was before it: permission is judged as of writing', () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 2, maxLength: 6 }), (forms) => {
        const states = saved(forms);
        const last = states.at(-1)!;
        states.forEach((state, index) => {
          const at = addMinutes(storyStart, index);
          for (const department of ids)
            expect(rolesOf(last, department, at)).toEqual(rolesOf(state, department, at));
          for (const permission of permissionSchema.options)
            expect(hasPermission(last, permission, at)).toBe(hasPermission(state, permission, at));
        });
      }),
    );
  });

  it('a save that changes nothing leaves the document as it was', () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 4 }), (forms) => {
        const state = saved(forms).at(-1)!;
        const at = addMinutes(storyStart, 100);
        expect(personWith(id, fieldsOfPerson(state, noPrivate, at), state, at)).toEqual({
          ok: true,
          value: state,
        });
      }),
    );
  });

  it('ADM-2 an edit changes what it names and nothing else, whatever stands beside it', () => {
    fc.assert(
      fc.property(fields, fields, fields, (shown, wanted, held) => {
        const edit = editOf<StaffFields>(shown, wanted);
        if (edit === null) return;
        const applied = applyEdit(held, edit);
        const named = Object.keys(edit.becomes) as (keyof StaffFields)[];
        if (!applied.ok) {
          expect(applied.error.fields.every((name) => named.includes(name))).toBe(true);
          return;
        }
        for (const name of Object.keys(held) as (keyof StaffFields)[])
          expect(applied.value[name]).toEqual(named.includes(name) ? wanted[name] : held[name]);
      }),
    );
  });
});
