import type { StaffRecord } from '#shared/administration/staff.ts';
import type { Role } from '#shared/directory/staff.ts';

export type StaffStateFilter = 'active' | 'inactive' | 'no-sign-in' | 'all';
export const staffStates: readonly StaffStateFilter[] = ['active', 'no-sign-in', 'inactive', 'all'];

/** '' leaves a filter open. */
export interface StaffFilter {
  readonly text: string;
  readonly department: string;
  readonly role: Role | '';
  readonly designation: string;
  readonly state: StaffStateFilter;
}

export const noStaffFilter: StaffFilter = {
  text: '',
  department: '',
  role: '',
  designation: '',
  state: 'active',
};

const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

const isInState = (record: StaffRecord, state: StaffStateFilter): boolean => {
  switch (state) {
    case 'active':
      return record.active;
    case 'inactive':
      return !record.active;
    case 'no-sign-in':
      return record.active && record.account !== 'ready';
    case 'all':
      return true;
  }
};

/** A person with the text that a search looks at; made once for a list of thousands. */
export interface SearchableStaff {
  readonly record: StaffRecord;
  readonly text: string;
}
export const searchableStaff = (staff: readonly StaffRecord[]): SearchableStaff[] =>
  staff.map((record) => {
    const { name, initials, email, phone } = record.fields;
    return { record, text: folded([name, initials, email ?? '', phone ?? ''].join(' ')) };
  });

/** Those who fit every filter, in the order given. Department and role have to be met by the same membership. */
export function staffLike(staff: readonly SearchableStaff[], filter: StaffFilter): StaffRecord[] {
  const words = folded(filter.text)
    .split(/\s+/)
    .filter((word) => word !== '');
  return staff
    .filter(
      ({ record, text }) =>
        isInState(record, filter.state) &&
        (filter.designation === '' || record.fields.designation === filter.designation) &&
        ((filter.department === '' && filter.role === '') ||
          record.fields.memberships.some(
            ({ department, role }) =>
              (filter.department === '' || department === filter.department) &&
              (filter.role === '' || role === filter.role),
          )) &&
        words.every((word) => text.includes(word)),
    )
    .map(({ record }) => record);
}

/** As it stands behind the `?` of an address; what is not filtered is left out. */
export function queryOfFilter(filter: StaffFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter) as [keyof StaffFilter, string][])
    if (value !== noStaffFilter[name]) query.set(name, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** `roles` are those there are; what an address says beside them is left open. */
export function filterOfQuery(query: URLSearchParams, roles: readonly Role[]): StaffFilter {
  const state = staffStates.find((each) => each === query.get('state'));
  const role = roles.find((each) => each === query.get('role'));
  return {
    text: query.get('text') ?? '',
    department: query.get('department') ?? '',
    role: role ?? '',
    designation: query.get('designation') ?? '',
    state: state ?? 'active',
  };
}
