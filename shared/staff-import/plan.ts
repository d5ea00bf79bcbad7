import { z } from 'zod';
import { editOf, type Edit } from '#shared/administration/edit.ts';
import { personWith } from '#shared/administration/person-fields.ts';
import type { AdministrationRefusal } from '#shared/administration/refusals.ts';
import { staffRefusals } from '#shared/administration/staff-checks.ts';
import { staffChangeRefusals, takesLastAdministrator } from '#shared/administration/staff-rights.ts';
import type { StaffFields } from '#shared/administration/staff.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { staffColumns, type StaffColumn } from './columns.ts';
import { cellFault, type CellFault } from './faults.ts';
import type { HeldStaff } from './held-staff.ts';
import { readEmail } from './read-cells.ts';
import { cellOf, outerFaults, readRow, type FileRow } from './read-row.ts';
import { staffTexts } from './staff-texts.ts';
import type { ColumnPlaces } from './titles.ts';

export const rowActionSchema = z.enum(['create', 'change', 'reactivate', 'unchanged', 'wrong']);
export type RowAction = z.infer<typeof rowActionSchema>;

/** What becomes of one row. */
export interface PlannedRow {
  readonly row: number;
  readonly action: RowAction;
  /** As the file writes them; to be recognised by. */
  readonly name: string;
  readonly email: string;
  /** null: somebody new, or nobody could be recognised. */
  readonly person: PersonId | null;
  /** For `create`: all of them. */
  readonly fields: StaffFields | null;
  /** For `change`, and for `reactivate` where more than that changes. */
  readonly edit: Edit<StaffFields> | null;
  readonly changes: readonly {
    readonly column: StaffColumn;
    readonly was: string;
    readonly becomes: string;
  }[];
  readonly faults: readonly CellFault[];
}

export interface PlanEntry {
  readonly rows: readonly FileRow[];
  readonly places: ColumnPlaces;
  readonly held: readonly HeldStaff[];
  readonly directory: Directory;
  /** Who imports: nothing is planned that they may not do. */
  readonly by: Person;
  readonly at: Instant;
}

/** Nobody has such an id: rules that look at the target find a stranger. */
const strangerOfRow = (row: number): PersonId =>
  personIdSchema.parse(`00000000-0000-4000-8000-${row.toString(16).padStart(12, '0')}`);

interface Wanted {
  readonly target: PersonId;
  readonly fields: StaffFields;
  readonly active: boolean;
  readonly changesMore: boolean;
}

/** Why this change cannot be made, and the person it would make; the directory is the one with the rows before. */
function judged(
  { target, fields, active, changesMore }: Wanted,
  directory: Directory,
  { by, at }: Pick<PlanEntry, 'by' | 'at'>,
): { refusals: readonly AdministrationRefusal[]; person: Person | null } {
  const held = directory.people.get(target) ?? null;
  const refusals = [
    ...staffChangeRefusals({ by, directory, at, target, held, fields, changesMore }),
    ...staffRefusals({ id: target, fields, held, directory, at }),
  ];
  if (refusals.length > 0) return { refusals, person: null };
  const made = personWith(target, fields, held, at);
  if (!made.ok) return { refusals: [made.error], person: null };
  const person = { ...made.value, active };
  return takesLastAdministrator(directory, target, person, at)
    ? { refusals: [{ code: 'last-administrator' }], person: null }
    : { refusals: [], person };
}

/** Each row against the people there are and the rows before it: of two that contradict each other the later is at fault. */
export function planImport(entry: PlanEntry): PlannedRow[] {
  const { rows, places, by, at } = entry;
  const people = new Map(entry.directory.people);
  const directory: Directory = { ...entry.directory, people };
  const byEmail = new Map(
    entry.held.flatMap((one) => (one.fields.email === null ? [] : [[one.fields.email, one] as const])),
  );
  const byId = new Map<string, HeldStaff>(entry.held.map((one) => [one.id, one]));
  const rowByEmail = new Map<string, number>();
  const rowByPerson = new Map<PersonId, number>();

  return rows.map((file) => {
    const { row } = file;
    const name = cellOf(file, places, 'name') ?? '';
    const emailCell = cellOf(file, places, 'email') ?? '';
    const faults: CellFault[] = [];
    const wrong = (): PlannedRow => ({
      row,
      action: 'wrong',
      name: name.slice(0, 120),
      email: emailCell.slice(0, 254),
      person: null,
      fields: null,
      edit: null,
      changes: [],
      faults,
    });

    const email = emailCell === '' ? null : readEmail(emailCell);
    const named = byId.get((cellOf(file, places, 'person-id') ?? '').toLowerCase()) ?? null;
    const addressed = email?.ok === true ? (byEmail.get(email.value) ?? null) : null;
    const held = addressed ?? named;

    faults.push(...outerFaults(file, places, held, directory));
    if (faults.some(({ column }) => column === null)) return wrong();
    const hasFault = (column: StaffColumn): boolean => faults.some((one) => one.column === column);
    if (email === null) {
      if (named === null || named.fields.email !== null) faults.push(cellFault(row, 'email', 'missing'));
    } else if (!email.ok) {
      if (!hasFault('email')) faults.push(cellFault(row, 'email', email.error, { text: emailCell }));
    } else {
      const before = rowByEmail.get(email.value);
      if (before === undefined) rowByEmail.set(email.value, row);
      else faults.push(cellFault(row, 'email', 'email-twice', { otherRow: before, text: emailCell }));
      if (addressed !== null && named !== null && named.id !== addressed.id)
        faults.push(cellFault(row, 'person-id', 'email-is-anothers'));
      else if (addressed === null && named !== null && named.fields.email !== null)
        faults.push(cellFault(row, 'email', 'email-changed', { text: emailCell }));
    }
    if (held !== null) {
      const before = rowByPerson.get(held.id);
      if (before === undefined) rowByPerson.set(held.id, row);
      else if (!hasFault('email')) faults.push(cellFault(row, null, 'person-twice', { otherRow: before }));
    }

    const address = email?.ok === true ? email.value : null;
    const reading = readRow(file, places, { held, email: address, directory });
    for (const one of reading.faults) if (one.column === null || !hasFault(one.column)) faults.push(one);
    if (held?.active === false && !reading.active && editOf(held.fields, reading.fields) !== null)
      faults.push(cellFault(row, 'active', 'deactivated'));
    if (faults.length > 0) return wrong();

    const edit = held === null ? null : editOf(held.fields, reading.fields);
    const isBack = held?.active === false && reading.active;
    const isSame = held !== null && edit === null && !isBack;
    const target = held?.id ?? strangerOfRow(row);
    if (!isSame) {
      const { fields, active } = reading;
      const changesMore =
        held === null || isBack || Object.keys(edit?.becomes ?? {}).some((field) => field !== 'permissions');
      const { refusals, person } = judged({ target, fields, active, changesMore }, directory, { by, at });
      if (person !== null) people.set(target, person);
      for (const { code, path } of refusals)
        faults.push(cellFault(row, columnOfPath(path), 'refused', { refusal: code }));
    }
    if (faults.length > 0) return wrong();

    const texts = staffTexts({ id: target, fields: reading.fields, active: reading.active }, directory);
    const before = held === null ? null : staffTexts(held, directory);
    return {
      row,
      action: held === null ? 'create' : isBack ? 'reactivate' : isSame ? 'unchanged' : 'change',
      name: reading.fields.name,
      email: address ?? '',
      person: held?.id ?? null,
      fields: held === null ? reading.fields : null,
      edit,
      changes: staffColumns.flatMap((column) =>
        column === 'person-id' || texts[column] === (before?.[column] ?? '')
          ? []
          : [{ column, was: before?.[column] ?? '', becomes: texts[column] }],
      ),
      faults: [],
    };
  });
}

/** Refusals name fields of a form; a file has columns. */
export function columnOfPath(path: string | undefined): StaffColumn | null {
  const [field, index, part] = path?.split('.') ?? [];
  if (field !== 'memberships') return staffColumns.find((column) => column === field) ?? null;
  if (index !== undefined && index !== '0') return 'other-departments';
  return part === 'role' ? 'role' : 'department';
}
