import type { StaffFields } from '#shared/administration/staff.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Result } from '#shared/lib/result.ts';
import { hasHiddenSigns, isFormula, restored } from './cells.ts';
import type { StaffColumn } from './columns.ts';
import { cellFault, type CellFault, type CellFaultCode } from './faults.ts';
import type { HeldStaff } from './held-staff.ts';
import { initialsOf } from './initials.ts';
import {
  readActive,
  readDesignation,
  readInitials,
  readMemberships,
  readMobile,
  readName,
  readPermissions,
  readPhone,
  type Reading,
} from './read-cells.ts';
import { staffTexts } from './staff-texts.ts';
import type { ColumnPlaces } from './titles.ts';

/** A row of the file: `row` as a spreadsheet counts it, cells as they stand there. */
export interface FileRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** Trimmed, and without the apostrophe of an export. undefined: the file has no such column. */
export function cellOf({ cells }: FileRow, places: ColumnPlaces, column: StaffColumn): string | undefined {
  const place = places.get(column);
  return place === undefined ? undefined : restored((cells[place] ?? '').trim()).trim();
}

/** Faults that need no knowledge of anybody: shape, formulas, invisible signs. */
export function outerFaults(
  file: FileRow,
  places: ColumnPlaces,
  held: HeldStaff | null,
  directory: Directory,
): CellFault[] {
  const { row, cells } = file;
  const width = Math.max(...places.values()) + 1;
  if (cells.length < width) return [cellFault(row, null, 'too-few-cells')];
  const known = new Set(places.values());
  if (cells.some((cell, place) => !known.has(place) && cell.trim() !== ''))
    return [cellFault(row, null, 'too-many-cells')];
  const texts = held === null ? null : staffTexts(held, directory);
  const faults: CellFault[] = [];
  for (const [column, place] of places) {
    const raw = cells[place] ?? '';
    const text = raw.trim();
    if (isFormula(raw) || isFormula(text)) faults.push(cellFault(row, column, 'formula', { text }));
    else if (hasHiddenSigns(text) && restored(text).trim() !== texts?.[column].trim())
      faults.push(cellFault(row, column, 'hidden-signs'));
  }
  return faults;
}

export interface RowReading {
  readonly fields: StaffFields;
  readonly active: boolean;
  readonly faults: readonly CellFault[];
}

const nobody: StaffFields = {
  name: '',
  initials: '',
  email: null,
  phone: null,
  mobile: null,
  designation: '',
  memberships: [],
  permissions: [],
};

/** Everything a row says about one person. Cells that say what is so already are not judged; what has no column stays as it is. */
export function readRow(
  file: FileRow,
  places: ColumnPlaces,
  entry: {
    readonly held: HeldStaff | null;
    readonly email: StaffFields['email'];
    readonly directory: Directory;
  },
): RowReading {
  const { held, directory } = entry;
  const texts = held === null ? null : staffTexts(held, directory);
  const faults: CellFault[] = [];
  const fault = (column: StaffColumn, code: CellFaultCode): void =>
    void faults.push(cellFault(file.row, column, code, { text: cellOf(file, places, column) ?? '' }));
  const says = (column: StaffColumn): string | null => {
    const cell = cellOf(file, places, column);
    return cell === undefined || cell === texts?.[column].trim() ? null : cell;
  };
  const start = held?.fields ?? nobody;
  const fields = { ...start, email: entry.email };

  function take<T>(column: StaffColumn, read: (cell: string) => Reading<T>, stays: T): T {
    const cell = says(column);
    if (cell === null) return stays;
    const reading: Result<T, CellFaultCode> = read(cell);
    if (reading.ok) return reading.value;
    fault(column, reading.error);
    return stays;
  }
  const required =
    <T>(read: (cell: string) => Reading<T>) =>
    (cell: string): Reading<T> =>
      cell === '' ? { ok: false, error: 'missing' } : read(cell);

  fields.name = take('name', required(readName), start.name);
  fields.initials = take(
    'initials',
    (cell) => (cell === '' ? { ok: true, value: start.initials } : readInitials(cell)),
    start.initials,
  );
  if (fields.initials === '') fields.initials = initialsOf(fields.name);
  fields.designation = take(
    'designation',
    required((cell) => readDesignation(cell, directory)),
    start.designation,
  );
  fields.phone = take('phone', readPhone, start.phone);
  fields.mobile = take('mobile', readMobile, start.mobile);
  fields.permissions = take('permissions', readPermissions, start.permissions);

  if ((['department', 'role', 'other-departments'] as const).some((column) => says(column) !== null)) {
    const memberships = readMemberships(
      {
        department: cellOf(file, places, 'department') ?? '',
        role: cellOf(file, places, 'role') ?? '',
        others: cellOf(file, places, 'other-departments') ?? null,
      },
      start.memberships,
      directory,
    );
    if (memberships.ok) fields.memberships = memberships.value;
    else for (const { column, code } of memberships.error) fault(column, code);
  }

  const wasActive = held?.active ?? true;
  const wanted = take('active', readActive, null);
  if (held === null && wanted === false) fault('active', 'new-and-inactive');
  if (held?.active === true && wanted === false) fault('active', 'deactivate-by-hand');
  return { fields, active: wanted ?? wasActive, faults };
}
