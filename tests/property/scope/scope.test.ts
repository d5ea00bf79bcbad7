import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permissionSchema, roleSchema, type Person } from '#shared/directory/staff.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { scopeChangesAt, scopeKeysOfPerson, scopeOf } from '#shared/sync/scope.ts';
import { departments, directoryOf, membership, person, storyStart } from '#tests/builders.ts';

const instantNear: fc.Arbitrary<Instant> = fc
  .integer({ min: -50, max: 50 })
  .map((minutes) => addMinutes(storyStart, minutes));
const departmentOf = fc.constantFrom(...Object.values(departments)).map((one) => one.id);
const span = { from: instantNear, until: fc.option(instantNear) };
const anyMembership = fc.record({
  department: departmentOf,
  role: fc.constantFrom(...roleSchema.options),
  primary: fc.boolean(),
  ...span,
});
const anyGrant = fc.record({ permission: fc.constantFrom(...permissionSchema.options), ...span });
const anyPerson: fc.Arbitrary<Person> = fc
  .record({
    memberships: fc.array(anyMembership, { maxLength: 4 }),
    grants: fc.array(anyGrant, { maxLength: 3 }),
  })
  .map((parts) => person('somebody', parts.memberships, { grants: parts.grants }));

const keys = (who: Person, at: Instant): string[] => {
  const scope = scopeOf(who, directoryOf([who], Object.values(departments)), at);
  if (!scope.ok) throw new Error(scope.error.type);
  return scopeKeysOfPerson(scope.value);
};

describe('scope', () => {
  it('fields this build does not know widen nothing', () => {
    fc.assert(
      fc.property(anyPerson, fc.dictionary(fc.string(), fc.anything()), instantNear, (who, unknown, at) => {
        expect(keys({ ...unknown, ...who }, at)).toEqual(keys(who, at));
      }),
    );
  });

  it('taking a membership or grant away never adds a key', () => {
    fc.assert(
      fc.property(anyPerson, instantNear, (who, at) => {
        const less = { ...who, memberships: who.memberships.slice(1), grants: who.grants.slice(1) };
        const before = keys(who, at);
        if (before.includes('all')) return;
        for (const key of keys(less, at)) expect(before).toContain(key);
      }),
    );
  });

  it('only hospital-wide management sees everything', () => {
    fc.assert(
      fc.property(anyPerson, instantNear, (who, at) => {
        const granted = who.grants.some(
          (one) =>
            one.permission === 'manage-hospital-consults' &&
            one.from <= at &&
            (one.until === null || at < one.until),
        );
        expect(keys(who, at).includes('all')).toBe(granted);
      }),
    );
  });

  it('between one foreseen change and the next the scope stays', () => {
    fc.assert(
      fc.property(anyPerson, instantNear, fc.nat({ max: 100 }), (who, at, later) => {
        const next = scopeChangesAt(who, directoryOf([who], []), at);
        const then = addMinutes(at, later);
        if (next === null || then < next) expect(keys(who, then)).toEqual(keys(who, at));
      }),
    );
  });

  it('a person always keeps what names them', () => {
    fc.assert(
      fc.property(anyPerson, instantNear, (who, at) => {
        const held = keys(who, at);
        expect(held.includes('all') || held.includes(`person:${who.id}`)).toBe(true);
      }),
    );
    expect(keys(person('somebody', [membership(departments.surgery.id, 'doctor')]), storyStart)).toHaveLength(
      2,
    );
  });
});
