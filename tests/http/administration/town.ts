import type { StaffFields, StaffRecord } from '#shared/administration/staff.ts';
import { staffRecordSchema } from '#shared/administration/staff.ts';
import { refusedProblemSchema } from '#shared/administration/refusals.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import { permissionSchema, type Person } from '#shared/directory/staff.ts';
import { productModules } from '#server/compose.ts';
import { department, departmentId, grant, membership, organisation, person } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import {
  startTestServer,
  testKeys,
  type TestServer,
  type TestServerOptions,
  type TestSession,
} from '#tests/server.ts';

export const medicine = departmentId('medicine');
export const cardiology = departmentId('cardiology');
export const office = departmentId('office');

const policies = {
  emergency: defaultPolicy('emergency'),
  urgent: defaultPolicy('urgent'),
  routine: defaultPolicy('routine'),
};

const clerical = { designation: 'ward-clerk' } as const;
export const people = {
  /** Holds everything. */
  chief: person('chief', [membership(office, 'administrator')], {
    ...clerical,
    grants: permissionSchema.options.map(grant),
  }),
  /** A second one. */
  deputy: person('deputy', [membership(office, 'administrator')], {
    ...clerical,
    grants: permissionSchema.options.map(grant),
  }),
  staffManager: person('staff-manager', [membership(office, 'clerk')], {
    ...clerical,
    grants: [grant('manage-staff')],
  }),
  permissionManager: person('permission-manager', [membership(office, 'clerk')], {
    ...clerical,
    grants: [grant('manage-permissions')],
  }),
  departmentManager: person('department-manager', [membership(office, 'clerk')], {
    ...clerical,
    grants: [grant('manage-departments')],
  }),
  hospitalManager: person('hospital-manager', [membership(office, 'clerk')], {
    ...clerical,
    grants: [grant('manage-hospital-consults')],
  }),
  auditor: person('auditor', [membership(office, 'auditor')], clerical),
  doctor: person('doctor', [membership(cardiology, 'doctor')]),
  colleague: person('colleague', [membership(cardiology, 'doctor')]),
  nurse: person('nurse', [membership(cardiology, 'nurse')], { designation: 'staff-nurse' }),
  clerk: person('clerk', [membership(cardiology, 'clerk')], clerical),
  receiver: person('receiver', [membership(cardiology, 'receiver')]),
  head: person('head', [membership(cardiology, 'head')]),
  physician: person('physician', [membership(medicine, 'doctor')]),
  medicalHead: person('medical-head', [membership(medicine, 'head')]),
} satisfies Record<string, Person>;
export type Name = keyof typeof people;

export const town: readonly DirectoryDocument[] = [
  organisation({ dutyAdministration: office }),
  department('office', { type: 'administrative', head: people.chief.id, policies }),
  department('medicine', { head: people.medicalHead.id, policies }),
  department('cardiology', { head: people.head.id, receiver: people.receiver.id, policies }),
  ...Object.values(people),
];

export const emailOf = (name: string): string => `${name.toLowerCase()}@hospital.test`;

export interface Town {
  readonly server: TestServer;
  session(name: Name): Promise<TestSession>;
  staff(name: Name): Promise<StaffRecord>;
}

/** A hospital with one person of each kind, all of whom can sign in. */
export async function startTown(options: TestServerOptions = {}): Promise<Town> {
  const server = await startTestServer({
    store: createMemoryStore(),
    keys: testKeys(),
    directory: town,
    modules: productModules,
    ...options,
  });
  const sessions = new Map<Name, TestSession>();
  const added = new Set<Name>();
  async function session(name: Name): Promise<TestSession> {
    const held = sessions.get(name);
    if (held !== undefined) return held;
    if (!added.has(name)) await server.addAccount(people[name].id, emailOf(name));
    added.add(name);
    const made = await server.signIn(emailOf(name));
    sessions.set(name, made);
    return made;
  }
  return {
    server,
    session,
    async staff(name) {
      const chief = await session('chief');
      const response = await chief.get(`/api/staff/${people[name].id}`);
      return staffRecordSchema.parse(await response.json());
    },
  };
}

/** What an answer says, in one line: its status, code, refusals and fields. */
export async function wordsOf(response: Response): Promise<string> {
  if (response.ok) return String(response.status);
  const problem = refusedProblemSchema.parse(await response.json());
  const refusals = (problem.refusals ?? []).map(({ code, path }) => [code, path].filter(Boolean).join(' '));
  const fields = (problem.fields ?? []).map(({ path }) => path);
  return [problem.status, problem.code, ...refusals, ...fields].join(' · ');
}

export const newStaff = (over: Partial<StaffFields> = {}): StaffFields => ({
  name: 'Nadia New',
  initials: 'NN',
  email: 'nadia@hospital.test',
  phone: null,
  mobile: '+923001234567',
  designation: 'registrar',
  memberships: [{ department: medicine, role: 'doctor', primary: true }],
  permissions: [],
  ...over,
});
