import { mayAdminister, type AdministrationAct } from '#shared/administration/rights.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { primaryDepartmentOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { mayOpenOutside } from '#shared/patient/patient-permissions.ts';
import { scopeOf } from '#shared/sync/scope.ts';
import { newStaff } from './town.ts';
import { departmentId, personId, uuidOf } from '#tests/builders.ts';

/** One request of a person, in their own department or another. */
export interface Case {
  readonly person: Person;
  readonly directory: Directory;
  readonly at: Instant;
  readonly department: DepartmentId;
  /** Somebody of that department. */
  readonly target: PersonId;
  /** A patient of that department. */
  readonly patient: PatientId;
}

/**
 * Who may use a route: `public` asks for no session · `session` for any · else the rule says, and who may not gets 403, or with `hides` the same 404
 * as for what is not there. `spends`: a good request ends the session that sent it.
 */
export type Access = 'public' | 'session' | { readonly may: (asked: Case) => boolean; readonly hides?: true };

export interface RouteRule {
  readonly access: Access;
  /** The address where it differs from the pattern. */
  readonly path?: (asked: Case) => string;
  /** Well formed, and refused by a rule behind the permission or without effect: the whole table runs on one hospital. */
  readonly body?: (asked: Case) => unknown;
  readonly spends?: true;
}

const act =
  (name: AdministrationAct) =>
  ({ person, directory, at }: Case): boolean =>
    mayAdminister({ act: name, person, directory, at }).allowed;
const inDepartment =
  (name: AdministrationAct) =>
  ({ person, directory, at, department }: Case): boolean =>
    mayAdminister({ act: name, person, directory, at, department }).allowed;
const onTarget =
  (name: AdministrationAct) =>
  ({ person, directory, at, target }: Case): boolean =>
    mayAdminister({ act: name, person, directory, at, target }).allowed;

/** Whose department forms one may open: those whose rota one may edit. */
const anyRota = ({ person, directory, at }: Case): boolean =>
  [...directory.departments.keys()].some(
    (department) => mayAdminister({ act: 'rota-edit', person, directory, at, department }).allowed,
  );
const holdsPatient = ({ person, directory, at, department }: Case): boolean => {
  const scope = scopeOf(person, directory, at);
  return scope.ok && (scope.value.all || scope.value.departments.includes(department));
};

const staff = (rest: string) => (asked: Case) => `/api/staff/${asked.target}${rest}`;
const inPlace = (rest: string) => (asked: Case) => `/api/departments/${asked.department}${rest}`;
const unknown = uuidOf('nothing of the kind');
/** An edit of something that never was so. */
const stale = (name: string, was: unknown, becomes: unknown) => () => ({
  was: { [name]: was },
  becomes: { [name]: becomes },
});

const staffRoute = (name: AdministrationAct, rest: string, body?: (asked: Case) => unknown): RouteRule => ({
  access: { may: onTarget(name) },
  path: staff(rest),
  ...(body === undefined ? {} : { body }),
});
const importRoute = (path?: string, body?: unknown): RouteRule => ({
  access: { may: act('import') },
  ...(path === undefined ? {} : { path: () => path }),
  ...(body === undefined ? {} : { body: () => body }),
});
const link = () => ({ by: 'mail' });
const anySwap = (answer: string): RouteRule => ({
  access: 'session',
  path: () => `/api/rota/swaps/${unknown}/${answer}`,
});

/** Every route of the app. A route that is missing here fails the test; one that is gone fails it too. */
export const routeRules: Readonly<Record<string, RouteRule>> = {
  // Sessions
  'GET /api/session': { access: 'session' },
  'POST /api/session': { access: 'public' },
  'DELETE /api/session': { access: 'session', spends: true },
  'DELETE /api/session/everywhere': { access: 'session', spends: true },
  'POST /api/session/password': { access: 'session' },
  'POST /api/session/link': { access: 'public' },
  'GET /api/session/demo': { access: 'public' },
  'GET /api/session/methods': { access: 'public' },
  'POST /api/session/openid': { access: 'public' },
  'POST /api/session/openid/finish': { access: 'public' },
  'POST /api/session/openid/ask': { access: 'public' },
  'GET /api/access-requests': { access: { may: act('staff-edit') } },
  'DELETE /api/access-requests/:id': {
    access: { may: act('staff-edit') },
    path: () => `/api/access-requests/${unknown}`,
  },
  'GET /api/health/live': { access: 'public' },
  'GET /api/health/ready': { access: 'public' },
  'GET /api/openapi.json': { access: 'public' },

  // What tablets hold: each is sent what is in their scope, and who may write what is judged per event
  'POST /api/sync/push': { access: 'session' },
  'POST /api/sync/pull': { access: 'session' },
  'POST /api/sync/documents': { access: 'session' },
  'POST /api/sync/state': { access: 'session' },
  'POST /api/sync/compare': { access: 'session' },
  'POST /api/sync/offer': { access: 'session' },
  'POST /api/sync/receipts': { access: 'session' },
  'GET /api/sync/stream': { access: 'session' },
  'GET /api/sync/refused': { access: 'session' },
  'GET /api/sync/quarantine': { access: 'session' },
  'POST /api/sync/quarantine/release': { access: 'session' },
  'POST /api/sync/quarantine/dismiss': { access: 'session' },

  // Signed events in parcels: anybody may bring them, who wrote them stands inside
  'POST /api/signing-keys': { access: 'session' },
  'GET /api/parcels/key': { access: 'public' },
  'POST /api/parcels': { access: 'public' },

  // Sealed files: of what is not theirs everybody hears the same as of what is not there
  'GET /api/attachments': { access: 'session' },
  'GET /api/attachments/files': { access: 'session' },
  'POST /api/attachments/files/_changes': { access: 'session' },
  'POST /api/attachments/files/_revs_diff': { access: 'session' },
  'POST /api/attachments/files/_bulk_docs': { access: 'session' },
  'POST /api/attachments/files/_bulk_get': { access: 'session' },
  'GET /api/attachments/files/:id/sealed': {
    access: { may: () => false, hides: true },
    path: () => `/api/attachments/files/${unknown}.${unknown}.0/sealed`,
  },

  // One's own alerts
  'GET /api/alerts/vapid': { access: 'session' },
  'PUT /api/alerts/subscription': { access: 'session' },
  'DELETE /api/alerts/subscription': { access: 'session' },
  'GET /api/alerts/preferences': { access: 'session' },
  'PUT /api/alerts/preferences': { access: 'session' },
  'PUT /api/alerts/language': { access: 'session' },
  'POST /api/alerts/test': { access: 'session' },
  'POST /api/alerts/receipts': { access: 'session' },
  'POST /api/alerts/reachability': { access: 'session' },
  'POST /api/alert-tokens/receipt': { access: 'public' },
  'POST /api/alert-tokens/acknowledge': { access: 'public' },

  // Staff
  'GET /api/staff': { access: { may: act('staff-read') } },
  'GET /api/staff/:id': staffRoute('staff-read', ''),
  'POST /api/staff': {
    access: { may: act('staff-edit') },
    body: () => ({ id: personId('never'), fields: newStaff({ designation: 'nobody-knows' }) }),
  },
  'PATCH /api/staff/:id': staffRoute('staff-edit', '', stale('phone', 'never', '1')),
  'DELETE /api/staff/:id/lost-edits': staffRoute('staff-edit', '/lost-edits'),
  'GET /api/staff/:id/open-work': staffRoute('staff-read', '/open-work'),
  'POST /api/staff/:id/deactivate': staffRoute('staff-deactivate', '/deactivate', () => ({
    handOverTo: personId('nobody'),
  })),
  'POST /api/staff/:id/activate': staffRoute('staff-deactivate', '/activate'),
  'GET /api/staff/:id/sessions': staffRoute('staff-sessions', '/sessions'),
  'DELETE /api/staff/:id/sessions': staffRoute('staff-sessions', '/sessions'),
  'DELETE /api/staff/:id/openid-link': staffRoute('staff-sessions', '/openid-link'),
  'POST /api/staff/:id/require-password-change': staffRoute('staff-sessions', '/require-password-change'),
  'POST /api/staff/:id/invitation': staffRoute('staff-invite', '/invitation', link),
  'POST /api/staff/:id/reset': staffRoute('staff-invite', '/reset', link),
  'GET /api/staff-import': importRoute(),
  'GET /api/staff-import/template': importRoute(),
  'GET /api/staff-import/export': importRoute(),
  'POST /api/staff-import/preview': importRoute(undefined, {}),
  'GET /api/staff-import/:id': importRoute(`/api/staff-import/${unknown}`),
  'POST /api/staff-import/:id/confirm': importRoute(`/api/staff-import/${unknown}/confirm`, {}),
  'POST /api/staff-import/:id/undo': importRoute(`/api/staff-import/${unknown}/undo`),
  'POST /api/staff-import/:id/invitations': importRoute(`/api/staff-import/${unknown}/invitations`, {}),

  // Departments and what holds for all
  'GET /api/departments': { access: { may: anyRota } },
  'GET /api/departments/:id': { access: { may: inDepartment('rota-edit') }, path: inPlace('') },
  'POST /api/departments': {
    access: { may: act('department-create') },
    body: ({ directory }) => {
      const model = [...directory.departments.values()][0];
      if (model === undefined) throw new Error('no department');
      const { kind: _kind, id: _id, active: _active, ...fields } = model;
      return { id: departmentId('never'), fields: { ...fields, head: null, receiver: null } };
    },
  },
  'PATCH /api/departments/:id': {
    access: { may: inDepartment('department-edit') },
    path: inPlace(''),
    body: stale('extension', 'never', '1'),
  },
  'PATCH /api/departments/:id (the receiver alone)': {
    access: { may: inDepartment('department-receiver') },
    path: inPlace(''),
    body: stale('receiver', personId('never'), personId('nobody')),
  },
  'PATCH /api/departments/:id (policies)': {
    access: { may: inDepartment('policy-edit') },
    path: inPlace(''),
    body: ({ directory, department }) => {
      const held = directory.departments.get(department)?.policies;
      const never = { steps: held?.urgent.steps.slice(0, 1) };
      return {
        was: { policies: { ...held, urgent: never } },
        becomes: { policies: { ...held, routine: never } },
      };
    },
  },
  'POST /api/departments/:id/active': {
    access: { may: inDepartment('department-edit') },
    path: inPlace('/active'),
    body: () => ({ active: true }),
  },
  'DELETE /api/departments/:id/lost-edits': {
    access: { may: inDepartment('department-edit') },
    path: inPlace('/lost-edits'),
  },
  'GET /api/organisation': { access: { may: act('organisation-edit') } },
  'PATCH /api/organisation': {
    access: { may: act('organisation-edit') },
    body: stale('name', 'Never', 'Nowhere'),
  },
  'DELETE /api/organisation/lost-edits': { access: { may: act('organisation-edit') } },
  'POST /api/organisation/test-send': {
    access: { may: act('organisation-edit') },
    body: () => ({ channel: 'email' }),
  },
  'GET /api/permissions': { access: 'session' },

  // Tablets and phones
  'GET /api/devices': { access: { may: act('devices') } },
  'PUT /api/devices/:id/name': {
    access: { may: act('devices') },
    path: () => `/api/devices/${unknown}/name`,
    body: () => ({ name: 'Nothing of the kind' }),
  },
  'POST /api/devices/:id/revocation': {
    access: { may: act('devices') },
    path: () => `/api/devices/${unknown}/revocation`,
    body: () => ({ reason: 'Nothing of the kind' }),
  },
  // Of a device that nobody withdrew.
  'POST /api/device/wiped': { access: 'session', body: () => ({ lost: 0 }) },
  // What opens one's own records on this device.
  'POST /api/recovery': { access: 'session' },
  // A locked tablet, of itself.
  'POST /api/device-standing': { access: 'public', body: () => ({ device: unknown }) },

  // The rota
  'GET /api/rota/:department/:week': {
    access: 'session',
    path: ({ department }) => `/api/rota/${department}/2026-W10`,
  },
  'POST /api/rota/:department/:week/edit': {
    access: { may: inDepartment('rota-edit') },
    path: ({ department }) => `/api/rota/${department}/2026-W10/edit`,
    body: () => ({}),
  },
  'GET /api/rota/swaps': { access: 'session' },
  'POST /api/rota/swaps': { access: 'session', body: () => ({}) },
  'POST /api/rota/swaps/:id/agree': anySwap('agree'),
  'POST /api/rota/swaps/:id/decline': anySwap('decline'),
  'POST /api/rota/swaps/:id/withdraw': anySwap('withdraw'),
  'GET /api/rota/calendar/:file': { access: 'public', path: () => '/api/rota/calendar/nobody.ics' },
  'GET /api/rota/calendar-link': { access: 'session' },
  'POST /api/rota/calendar-link': { access: 'session' },
  'DELETE /api/rota/calendar-link': { access: 'session' },

  // Patients
  'POST /api/patients/search': { access: 'session', body: () => ({ query: 'nobody' }) },
  'POST /api/patients/:id/history': {
    access: { may: holdsPatient, hides: true },
    path: ({ patient }) => `/api/patients/${patient}/history`,
    body: () => ({}),
  },
  'POST /api/patients/:id/open': {
    access: { may: ({ person, directory, at }) => mayOpenOutside(person, directory, at) },
    path: ({ patient }) => `/api/patients/${patient}/open`,
    body: () => ({ reason: { kind: 'emergency', words: 'Arrest on the corridor' } }),
  },

  // The audit
  'GET /api/audit': { access: { may: act('audit-read') } },
  'GET /api/audit/export': { access: { may: act('audit-read') } },
  'GET /api/audit/verify': { access: { may: act('audit-read') } },
  'POST /api/audit/reads': { access: 'session' },
};

export const ownDepartmentOf = (person: Person, at: Instant): DepartmentId => {
  const own = primaryDepartmentOf(person, at);
  if (own === null) throw new Error(`${person.name} belongs nowhere`);
  return own;
};
