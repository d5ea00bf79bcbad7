import { membersOf } from '#shared/directory/membership.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';

/** Active members of the department to choose from, by name, with whoever is chosen already although they have left. */
export function memberOptions(
  work: Workspace,
  department: DepartmentId,
  at: Instant,
  chosen: PersonId | null = null,
): { readonly value: PersonId; readonly label: string }[] {
  const members = membersOf(work.directory, department, at).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  if (chosen !== null && !members.some(({ value }) => value === chosen))
    members.push({ value: chosen, label: work.nameOf(chosen) });
  return members.sort((a, b) => a.label.localeCompare(b.label));
}
