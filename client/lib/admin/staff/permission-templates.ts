import { permissionSchema, type Permission, type Role } from '#shared/directory/staff.ts';

/** What somebody in a role usually holds (PEO-3). A role that needs none has no template. */
export const permissionTemplates: readonly {
  readonly role: Role;
  readonly permissions: readonly Permission[];
}[] = [
  { role: 'head', permissions: ['manage-department-consults', 'see-department-dashboard'] },
  { role: 'receiver', permissions: ['manage-department-consults'] },
  { role: 'nurse', permissions: ['see-department-dashboard'] },
  { role: 'administrator', permissions: permissionSchema.options },
];

/**
 * The permissions after a template was put on: what the actor holds becomes as the template says, what they do not hold stays as it is.
 * In the order of the schema.
 */
export const withTemplate = (
  held: readonly Permission[],
  template: readonly Permission[],
  actorHolds: (permission: Permission) => boolean,
): Permission[] =>
  permissionSchema.options.filter((permission) =>
    actorHolds(permission) ? template.includes(permission) : held.includes(permission),
  );
