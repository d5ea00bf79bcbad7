import type { Directory } from '#shared/directory/directory.ts';
import { departmentsOf, primaryDepartmentOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { ComboOption } from '$lib/ui/choice/combobox.ts';

/** Active people to choose from, those of `near` first, then by name. */
export function personOptions(
  directory: Directory,
  at: Instant,
  near: DepartmentId | null,
  only: (person: Person) => boolean,
): ComboOption[] {
  const designations = new Map(
    (directory.organisation?.designations ?? []).map(({ code, name }) => [code, name]),
  );
  const isNear = (person: Person): boolean => near !== null && departmentsOf(person, at).has(near);
  return [...directory.people.values()]
    .filter((person) => person.active && only(person))
    .map((person) => ({ person, isNear: isNear(person) }))
    .sort((a, b) => Number(b.isNear) - Number(a.isNear) || a.person.name.localeCompare(b.person.name))
    .map(({ person }) => {
      const department = primaryDepartmentOf(person, at);
      const hint = [
        designations.get(person.designation),
        department === null ? undefined : directory.departments.get(department)?.name,
      ].filter((part) => part !== undefined);
      return {
        value: person.id,
        label: person.name,
        ...(hint.length === 0 ? {} : { hint: hint.join(' · ') }),
      };
    });
}
