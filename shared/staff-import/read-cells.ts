import type { z } from 'zod';
import { staffFieldsSchema, type StaffFields } from '#shared/administration/staff.ts';
import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { permissionSchema, roleSchema, type Permission, type Role } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { CellFaultCode } from './faults.ts';

/** One cell as a value, or what is wrong with it. Cells come trimmed. */
export type Reading<T> = Result<T, CellFaultCode>;

type Membership = StaffFields['memberships'][number];

const plain = (text: string): string => text.trim().toLowerCase().normalize('NFC');
/** `See department dashboard` is `see-department-dashboard`. */
const asCode = (text: string): string => plain(text).replace(/[\s_]+/g, '-');
const splitList = (cell: string): string[] =>
  cell
    .split(/[;,|\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

function by<S extends z.ZodType>(schema: S, cell: string): Reading<z.infer<S>> {
  const parsed = schema.safeParse(cell);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.some(({ code }) => code === 'too_big') ? 'too-long' : 'not-valid');
}

const shape = staffFieldsSchema.shape;
export const readName = (cell: string) => by(shape.name, cell);
export const readEmail = (cell: string) => by(shape.email.unwrap(), cell);
export const readInitials = (cell: string) => by(shape.initials, cell);
export const readPhone = (cell: string): Reading<string | null> =>
  cell === '' ? ok(null) : by(shape.phone, cell);

/** `+92 300 123-4567` and `0092 300 1234567` alike; a number without its country's code is not valid. */
export function readMobile(cell: string): Reading<string | null> {
  if (cell === '') return ok(null);
  const digits = cell.replace(/[\s().\-/\u2010-\u2015]/g, '').replace(/^00/, '+');
  return by(shape.mobile, digits);
}

export function readActive(cell: string): Reading<boolean | null> {
  if (cell === '') return ok(null);
  if (/^(yes|y|true|1)$/i.test(cell)) return ok(true);
  return /^(no|n|false|0)$/i.test(cell) ? ok(false) : err('not-valid');
}

/** By code, else by a name that only one has. */
export function readDesignation(cell: string, directory: Directory): Reading<string> {
  const all = directory.organisation?.designations ?? [];
  const byCode = all.find(({ code }) => code === asCode(cell));
  if (byCode !== undefined) return ok(byCode.code);
  const [named, ...more] = all.filter(({ name }) => plain(name) === plain(cell));
  return named !== undefined && more.length === 0 ? ok(named.code) : err('unknown-designation');
}

export function readRole(cell: string): Reading<Role> {
  const role = roleSchema.safeParse(asCode(cell));
  return role.success ? ok(role.data) : err('unknown-role');
}

/** By id, by code, or by name. An inactive one is taken only where the person belongs to it already. */
function readDepartment(
  cell: string,
  directory: Directory,
  held: ReadonlySet<DepartmentId>,
): Reading<DepartmentId> {
  const all = [...directory.departments.values()];
  const means: ((one: Department) => boolean)[] = [
    ({ id }) => id === cell.toLowerCase(),
    ({ code }) => code === cell.toUpperCase(),
    ({ name }) => plain(name) === plain(cell),
  ];
  for (const isMeant of means) {
    const found = all.filter(isMeant);
    const usable = found.filter((one) => one.active || held.has(one.id));
    const [only, ...more] = usable;
    if (only !== undefined) return more.length === 0 ? ok(only.id) : err('ambiguous-department');
    if (found.length > 0) return err('inactive-department');
  }
  return err('unknown-department');
}

export interface MembershipCells {
  readonly department: string;
  readonly role: string;
  /** null: the file has no such column; other memberships stay. */
  readonly others: string | null;
}

export type MembershipFault = {
  readonly column: 'department' | 'role' | 'other-departments';
  readonly code: CellFaultCode;
};

/** All memberships a row asks for. `held`: those there are; [] for somebody new. */
export function readMemberships(
  cells: MembershipCells,
  held: readonly Membership[],
  directory: Directory,
): Result<Membership[], readonly MembershipFault[]> {
  const known = new Set(held.map(({ department }) => department));
  const faults: MembershipFault[] = [];
  const fault = (column: MembershipFault['column'], code: CellFaultCode): null => {
    faults.push({ column, code });
    return null;
  };
  function take<T>(column: MembershipFault['column'], reading: Reading<T>): T | null {
    return reading.ok ? reading.value : fault(column, reading.error);
  }

  const wanted: Membership[] = [];
  if (cells.department === '') fault('department', 'missing');
  else if (cells.role === '') fault('role', 'missing');
  const department =
    cells.department === '' ? null : take('department', readDepartment(cells.department, directory, known));
  const role = cells.role === '' ? null : take('role', readRole(cells.role));
  if (department !== null && role !== null) wanted.push({ department, role, primary: true });

  for (const part of cells.others === null ? [] : splitList(cells.others)) {
    const cut = part.lastIndexOf(':');
    const name = cut < 0 ? part : part.slice(0, cut).trim();
    const other = take('other-departments', readDepartment(name, directory, known));
    const its =
      cut < 0
        ? fault('other-departments', 'missing')
        : take('other-departments', readRole(part.slice(cut + 1)));
    if (other !== null && its !== null) wanted.push({ department: other, role: its, primary: false });
  }
  if (cells.others === null)
    wanted.push(...held.filter((one) => !one.primary && one.department !== department));
  const twice = wanted.some(
    (one, at) => wanted.findIndex((other) => other.department === one.department) !== at,
  );
  if (twice) fault('other-departments', 'department-twice');
  return faults.length > 0 ? err(faults) : ok(wanted);
}

export function readPermissions(cell: string): Reading<Permission[]> {
  const wanted = new Set<Permission>();
  for (const part of splitList(cell)) {
    const permission = permissionSchema.safeParse(asCode(part));
    if (!permission.success) return err('unknown-permission');
    wanted.add(permission.data);
  }
  return ok(permissionSchema.options.filter((one) => wanted.has(one)));
}
