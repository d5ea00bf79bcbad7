import type { HeldStaff } from './held-staff.ts';
import type { StaffColumn } from './columns.ts';
import type { StaffFields } from '#shared/administration/staff.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { permissionSchema } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';

type Membership = StaffFields['memberships'][number];

/** The department's code; its id where two departments share a code or it is not known. */
export function departmentText(directory: Directory, id: DepartmentId): string {
  const department = directory.departments.get(id);
  if (department === undefined) return id;
  const isShared = [...directory.departments.values()].some(
    (other) => other.id !== id && other.code === department.code,
  );
  return isShared ? id : department.code;
}

/** The primary membership first, else whichever comes first; the rest in an order of their own. */
export function orderedMemberships(list: readonly Membership[]): readonly Membership[] {
  const key = (one: Membership): string => `${one.primary ? 0 : 1} ${one.department} ${one.role}`;
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What each column of the export says about somebody, before it is neutralised. Equal texts mean equal fields. */
export function staffTexts(
  { id, fields, active }: HeldStaff,
  directory: Directory,
): Readonly<Record<StaffColumn, string>> {
  const [first, ...others] = orderedMemberships(fields.memberships);
  return {
    name: fields.name,
    email: fields.email ?? '',
    initials: fields.initials,
    designation: fields.designation,
    department: first === undefined ? '' : departmentText(directory, first.department),
    role: first?.role ?? '',
    'other-departments': others
      .map(({ department, role }) => `${departmentText(directory, department)}: ${role}`)
      .join('; '),
    permissions: permissionSchema.options.filter((one) => fields.permissions.includes(one)).join('; '),
    phone: fields.phone ?? '',
    mobile: fields.mobile ?? '',
    active: active ? 'yes' : 'no',
    'person-id': id,
  };
}
