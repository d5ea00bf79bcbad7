import type { StaffColumn } from '#shared/staff-import/columns.ts';
import type { CellFault, FileFault } from '#shared/staff-import/faults.ts';
import type { RowAction } from '#shared/staff-import/plan.ts';
import type {
  ImportCounts,
  ImportRow,
  ImportState,
  PreviewRow,
  RowOutcome,
} from '#shared/staff-import/protocol.ts';
import { refusalWords } from '$lib/admin/refusal-words.ts';
import { m } from '$lib/paraglide/messages.js';

const columnNames: Readonly<Record<StaffColumn, () => string>> = {
  name: m.import_column_name,
  email: m.import_column_email,
  initials: m.import_column_initials,
  designation: m.import_column_designation,
  department: m.import_column_department,
  role: m.import_column_role,
  'other-departments': m.import_column_other_departments,
  permissions: m.import_column_permissions,
  phone: m.import_column_phone,
  mobile: m.import_column_mobile,
  active: m.import_column_active,
  'person-id': m.import_column_person_id,
};
export const columnName = (column: StaffColumn): string => columnNames[column]();

export function fileFaultWords({ code, column, place, row }: FileFault): string {
  const name = column === null ? '' : columnName(column);
  switch (code) {
    case 'empty':
      return m.import_file_empty();
    case 'workbook':
      return m.import_file_workbook();
    case 'not-text':
      return m.import_file_not_text();
    case 'no-rows':
      return m.import_file_no_rows();
    case 'too-many-rows':
      return m.import_file_too_many_rows();
    case 'broken-quotes':
      return m.import_file_broken_quotes({ row: row ?? 1 });
    case 'missing-column':
      return m.import_file_missing_column({ column: name });
    case 'column-twice':
      return m.import_file_column_twice({ place: place ?? 1, column: name });
    case 'unknown-column':
      return m.import_file_unknown_column({ place: place ?? 1 });
  }
}

function notValidWords(column: StaffColumn | null): string {
  if (column === 'email') return m.import_fault_email_not_valid();
  if (column === 'mobile') return m.import_fault_mobile_not_valid();
  return column === 'active' ? m.import_fault_active_not_valid() : m.import_fault_not_valid();
}

function reasonOf({ code, column, otherRow, refusal }: CellFault): string {
  const row = otherRow ?? 1;
  switch (code) {
    case 'too-few-cells':
      return m.import_fault_too_few_cells();
    case 'too-many-cells':
      return m.import_fault_too_many_cells();
    case 'missing':
      return m.import_fault_missing();
    case 'formula':
      return m.import_fault_formula();
    case 'hidden-signs':
      return m.import_fault_hidden_signs();
    case 'too-long':
      return m.import_fault_too_long();
    case 'not-valid':
      return notValidWords(column);
    case 'email-twice':
      return m.import_fault_email_twice({ row });
    case 'person-twice':
      return m.import_fault_person_twice({ row });
    case 'email-is-anothers':
      return m.import_fault_email_is_anothers();
    case 'email-changed':
      return m.import_fault_email_changed();
    case 'unknown-designation':
      return m.import_fault_unknown_designation();
    case 'unknown-department':
      return m.import_fault_unknown_department();
    case 'ambiguous-department':
      return m.import_fault_ambiguous_department();
    case 'inactive-department':
      return m.import_fault_inactive_department();
    case 'department-twice':
      return m.import_fault_department_twice();
    case 'unknown-role':
      return m.import_fault_unknown_role();
    case 'unknown-permission':
      return m.import_fault_unknown_permission();
    case 'deactivated':
      return m.import_fault_deactivated();
    case 'deactivate-by-hand':
      return m.import_fault_deactivate_by_hand();
    case 'new-and-inactive':
      return m.import_fault_new_and_inactive();
    case 'refused':
      return refusalWords(refusal ?? 'not-permitted');
  }
}

/** Where, what stands there, and why it cannot stay. */
export function faultWords(fault: CellFault): string {
  const reason = reasonOf(fault);
  const words = fault.text === null ? reason : m.import_fault_text({ text: fault.text, words: reason });
  return fault.column === null ? words : m.import_fault_at({ column: columnName(fault.column), words });
}

export function changeWords({ column, was, becomes }: PreviewRow['changes'][number]): string {
  const to = becomes === '' ? m.import_empty() : becomes;
  return was === ''
    ? m.import_becomes({ column: columnName(column), becomes: to })
    : m.import_was_becomes({ column: columnName(column), was, becomes: to });
}

const actions: Readonly<Record<RowAction, () => string>> = {
  create: m.import_action_create,
  change: m.import_action_change,
  reactivate: m.import_action_reactivate,
  unchanged: m.import_action_unchanged,
  wrong: m.import_action_wrong,
};
export const actionWords = (action: RowAction): string => actions[action]();

const outcomes: Readonly<Record<RowOutcome, () => string>> = {
  waiting: m.import_outcome_waiting,
  created: m.import_outcome_created,
  changed: m.import_outcome_changed,
  reactivated: m.import_outcome_reactivated,
  unchanged: m.import_outcome_unchanged,
  'could-not': m.import_outcome_could_not,
  undone: m.import_outcome_undone,
  'undone-in-part': m.import_outcome_undone_in_part,
  'not-undone': m.import_outcome_not_undone,
};
export const outcomeWords = (outcome: RowOutcome): string => outcomes[outcome]();

/** Why a row was not done, or not undone; null where there is nothing to say. */
export function whyWords({ refusal, columns }: ImportRow): string | null {
  switch (refusal) {
    case null:
      return null;
    case 'changed-meanwhile':
      return m.import_why_changed_meanwhile({ columns: columns.map(columnName).join(', ') });
    case 'gone':
      return m.import_why_gone();
    case 'has-open-work':
      return m.import_why_has_open_work();
    default:
      return refusalWords(refusal);
  }
}

const states: Readonly<Record<ImportState, () => string>> = {
  importing: m.import_state_importing,
  'cut-off': m.import_state_cut_off,
  imported: m.import_state_imported,
  undoing: m.import_state_undoing,
  'undo-cut-off': m.import_state_undo_cut_off,
  undone: m.import_state_undone,
};
export const stateWords = (state: ImportState): string => states[state]();

/** What the button does, in numbers: "Create 187, change 9, leave 4". */
export function confirmWords({ create, change, reactivate, unchanged }: ImportCounts): string {
  const parts: string[] = [];
  if (create > 0) parts.push(m.import_do_create({ count: create }));
  if (change > 0)
    parts.push(
      parts.length === 0
        ? m.import_do_change_first({ count: change })
        : m.import_do_change({ count: change }),
    );
  if (reactivate > 0)
    parts.push(
      parts.length === 0
        ? m.import_do_reactivate_first({ count: reactivate })
        : m.import_do_reactivate({ count: reactivate }),
    );
  if (unchanged > 0) parts.push(m.import_do_unchanged({ count: unchanged }));
  return parts.join(', ');
}

interface Count {
  readonly words: string;
  readonly count: number;
}

/** What a file would do, each with how many rows. */
export const previewCounts = (counts: ImportCounts): readonly Count[] => [
  { words: m.import_count_create(), count: counts.create },
  { words: m.import_count_change(), count: counts.change },
  { words: m.import_count_reactivate(), count: counts.reactivate },
  { words: m.import_count_unchanged(), count: counts.unchanged },
  { words: m.import_count_wrong(), count: counts.wrong },
];

/** What became of the rows, each outcome with how many; outcomes of no row are left out. */
export function outcomeCounts(rows: readonly Pick<ImportRow, 'outcome'>[]): readonly Count[] {
  const counts = new Map<RowOutcome, number>();
  for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => ({ words: outcomeWords(outcome), count }));
}
