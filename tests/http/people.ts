import {
  newAdministrator,
  newOrganisation,
  administrationDepartment,
} from '#server/directory/new-hospital.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { Permission, Person } from '#shared/directory/staff.ts';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '#tests/server.ts';

const from = instant('2026-01-01T00:00:00.000Z');
export const administration = departmentIdSchema.parse('d0000000-0000-4000-8000-000000000001');

const person = (last: number, name: string, grants: readonly Permission[]): Person => ({
  ...newAdministrator({
    id: personIdSchema.parse(`a0000000-0000-4000-8000-00000000000${last}`),
    name,
    department: administration,
    at: from,
  }),
  grants: grants.map((permission) => ({ permission, from, until: null })),
  memberships: [],
});

export const chief = newAdministrator({
  id: personIdSchema.parse('a0000000-0000-4000-8000-000000000001'),
  name: 'Ines Chief',
  department: administration,
  at: from,
});
export const doctor = person(2, 'Omar Doctor', []);
export const staffManager = person(3, 'Lena Manager', ['manage-staff']);
export const newcomer = person(4, 'Nils Newcomer', []);
export const gone: Person = { ...person(5, 'Gil Gone', []), active: false };

export const chiefEmail = 'chief@hospital.test';
export const doctorEmail = 'doctor@hospital.test';
export const staffManagerEmail = 'manager@hospital.test';
export const goneEmail = 'gone@hospital.test';

export const smallHospital: readonly DirectoryDocument[] = [
  newOrganisation({ name: 'Test Hospital', timeZone: 'Europe/Berlin', administration }),
  administrationDepartment(administration, chief.id),
  chief,
  doctor,
  staffManager,
  newcomer,
  gone,
];

/** A server of a small hospital in which chief, doctor, manager and gone have accounts. Without the product's other modules. */
export async function startSmallHospital(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({ directory: smallHospital, modules: [], ...options });
  await server.addAccount(chief.id, chiefEmail);
  await server.addAccount(doctor.id, doctorEmail);
  await server.addAccount(staffManager.id, staffManagerEmail);
  await server.addAccount(gone.id, goneEmail);
  return server;
}
