import type { StaffFields } from '#shared/administration/staff.ts';

type Memberships = StaffFields['memberships'];

/** Exactly one is primary, unless there is none: where it was lost the first one is. */
function withPrimary(memberships: Memberships): Memberships {
  const at = Math.max(
    0,
    memberships.findIndex(({ primary }) => primary),
  );
  return memberships.map((each, place) => ({ ...each, primary: place === at }));
}

export const withMembership = (memberships: Memberships, added: Memberships[number]): Memberships =>
  withPrimary([...memberships, added]);

export const withoutMembership = (memberships: Memberships, at: number): Memberships =>
  withPrimary(memberships.filter((_, place) => place !== at));

export const withPrimaryAt = (memberships: Memberships, at: number): Memberships =>
  memberships.map((each, place) => ({ ...each, primary: place === at }));

export const withChangedAt = (
  memberships: Memberships,
  at: number,
  change: Partial<Memberships[number]>,
): Memberships => memberships.map((each, place) => (place === at ? { ...each, ...change } : each));

/** Departments with the roles held there, the primary one first; otherwise in the order given. */
export function placesWith(memberships: Memberships): {
  readonly department: Memberships[number]['department'];
  readonly roles: Memberships[number]['role'][];
}[] {
  const primaryFirst = [...memberships].sort((a, b) => Number(b.primary) - Number(a.primary));
  const departments = [...new Set(primaryFirst.map(({ department }) => department))];
  return departments.map((department) => ({
    department,
    roles: primaryFirst.filter((each) => each.department === department).map(({ role }) => role),
  }));
}
