import type { StaffFields } from '#shared/administration/staff.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { permissionWords, roleWord } from '../admin-words.ts';

export function personFieldName(name: keyof StaffFields): string {
  switch (name) {
    case 'name':
      return m.admin_name();
    case 'initials':
      return m.admin_initials();
    case 'email':
      return m.admin_email();
    case 'phone':
      return m.admin_phone();
    case 'mobile':
      return m.admin_mobile();
    case 'designation':
      return m.admin_designation();
    case 'memberships':
      return m.admin_memberships();
    case 'permissions':
      return m.admin_permissions();
  }
}

/** What a record says in a field, as lines; [] for nothing. */
export function personFieldLines(name: keyof StaffFields, fields: StaffFields, work: Workspace): string[] {
  switch (name) {
    case 'memberships':
      return fields.memberships.map(({ department, role, primary }) =>
        primary
          ? m.admin_membership_line_primary({
              department: work.departmentName(department),
              role: roleWord(role),
            })
          : m.admin_membership_line({ department: work.departmentName(department), role: roleWord(role) }),
      );
    case 'permissions':
      return fields.permissions.map((permission) => permissionWords(permission).name);
    case 'designation': {
      const held = work.directory.organisation?.designations.find(({ code }) => code === fields.designation);
      return [held?.name ?? fields.designation];
    }
    case 'name':
    case 'initials':
    case 'email':
    case 'phone':
    case 'mobile': {
      const text = fields[name];
      return text === null || text === '' ? [] : [text];
    }
  }
}
