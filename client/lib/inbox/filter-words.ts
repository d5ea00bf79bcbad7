import { statusWord, urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { isPersonChoice, type AssigneeChoice, type ListFilter, type ListKind } from './list-filter.ts';
import type { SaveFault } from './saved-filters.ts';

export function kindWord(kind: ListKind): string {
  switch (kind) {
    case 'all':
      return m.lists_all();
    case 'overdue':
      return m.lists_overdue();
    case 'follow-up':
      return m.lists_follow_up();
    case 'department':
      return m.lists_department();
    case 'mine':
      return m.lists_mine();
    case 'sent':
      return m.lists_sent();
  }
}

type Known = Pick<Workspace, 'nameOf' | 'departmentName' | 'times'>;

export const assigneeWord = (choice: AssigneeChoice, work: Pick<Known, 'nameOf'>): string =>
  isPersonChoice(choice) ? work.nameOf(choice) : m.lists_nobody();

/** What a filter leaves in, in words; '' when it leaves nothing out. */
export function filterWords(filter: ListFilter, work: Known): string {
  return [
    ...filter.urgencies.map(urgencyWord),
    ...filter.statuses.map(statusWord),
    ...filter.departments.map((department) => work.departmentName(department)),
    ...filter.wards,
    ...filter.assignees.map((choice) => assigneeWord(choice, work)),
    ...(filter.from === null ? [] : [m.lists_from_chosen({ date: work.times.date(filter.from) })]),
    ...(filter.until === null ? [] : [m.lists_until_chosen({ date: work.times.date(filter.until) })]),
    ...(filter.text.trim() === '' ? [] : [m.lists_text_chosen({ text: filter.text.trim() })]),
  ].join(', ');
}

export function saveFaultWords(fault: SaveFault): string {
  switch (fault) {
    case 'no-name':
      return m.lists_save_no_name();
    case 'name-taken':
      return m.lists_save_name_taken();
    case 'too-many':
      return m.lists_save_too_many();
  }
}
