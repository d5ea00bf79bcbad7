import type { Consult } from '#shared/consult/consult.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import { statusWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import type { RowRefusal } from './bulk.ts';

/** Why a row stays as it is. `to`: the name of who was chosen; '' while nobody is. */
export function refusalWords(
  why: RowRefusal,
  consult: Consult,
  to: string,
  work: Pick<Workspace, 'nameOf' | 'departmentName'>,
): string {
  switch (why) {
    case 'not-yours':
      return m.lists_bulk_not_yours();
    case 'not-theirs':
      return m.lists_bulk_not_theirs({
        name: to,
        department: work.departmentName(consult.receivingDepartment),
      });
    case 'ended':
      return m.lists_bulk_ended({ status: statusWord(consult.status) });
    case 'has-one-already':
      return m.lists_bulk_has_one({ name: work.nameOf(consult.assignee) });
    case 'nobody-has-it':
      return m.lists_bulk_nobody_has();
    case 'theirs-already':
      return m.lists_bulk_theirs_already({ name: to });
    case 'full':
      return m.lists_bulk_full();
    default:
      return exhaustive(why);
  }
}
