/** The columns of a staff file, in the order of the template and of the export. */
export const staffColumns = [
  'name',
  'email',
  'initials',
  'designation',
  'department',
  'role',
  'other-departments',
  'permissions',
  'phone',
  'mobile',
  'active',
  'person-id',
] as const;
export type StaffColumn = (typeof staffColumns)[number];

/** A file without one of these says too little to make or recognise a person. What another column would say stays as it is when the column is not there. */
export const requiredColumns: readonly StaffColumn[] = ['name', 'email', 'designation', 'department', 'role'];

/** First row of the template and of the export. */
export const columnTitles: Readonly<Record<StaffColumn, string>> = {
  name: 'Name',
  email: 'E-mail',
  initials: 'Initials',
  designation: 'Designation',
  department: 'Department',
  role: 'Role',
  'other-departments': 'Other departments',
  permissions: 'Permissions',
  phone: 'Phone',
  mobile: 'Mobile',
  active: 'Active',
  'person-id': 'Person id',
};
