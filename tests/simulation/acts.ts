import { actionsFor } from '#shared/consult/actions.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { authoredConsultTypes, type AuthoredConsultType, type ConsultBody } from '#shared/consult/events.ts';
import { urgencies } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { departmentsOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId, DepartmentId, EventId, FileId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { mayActOnPatient } from '#shared/patient/patient-permissions.ts';
import type { AuthoredPatientType, PatientBody } from '#shared/patient/events.ts';
import type { Live, Tablet } from '$lib/tablet/tablet.ts';
import { patientContent, sampleBodies } from '#tests/builders.ts';
import type { Chance } from './random.ts';

/** What stands on the screen now. */
export function shown<T>(live: Live<T>): T {
  const values: T[] = [];
  live.subscribe((value) => values.push(value))();
  const [first] = values;
  if (values.length === 0) throw new Error('a live value calls at once');
  return first as T;
}

/** The word under which each act can be found again. */
const words = (chance: Chance): string => `words ${chance.uuid().slice(0, 8)} ä 体温 "\\`;

const doctorsIn = (directory: Directory, department: DepartmentId): Person[] =>
  [...directory.people.values()].filter((one) =>
    one.memberships.some((each) => each.department === department && each.role === 'doctor'),
  );

function bodyOf<T extends AuthoredConsultType>(
  type: T,
  consult: Consult,
  { directory, person, chance }: { directory: Directory; person: Person; chance: Chance },
): ConsultBody<T> {
  const departments = [...directory.departments.keys()];
  const doctors = doctorsIn(directory, consult.receivingDepartment);
  const doctor = (): PersonId => (doctors.length === 0 ? person.id : chance.pick(doctors).id);
  // A head of the department above who is no doctor of this one takes nothing for themselves.
  const mayTake = consult.assignee === person.id || doctors.some(({ id }) => id === person.id);
  const own = consult.timeline.filter(({ event }) => event.author === person.id);
  const target = (): EventId => (own.length === 0 ? consult.timeline[0]! : chance.pick(own)).event.id;
  const elsewhere = (): DepartmentId =>
    chance.pick(
      departments.filter((id) => ![consult.receivingDepartment, consult.requestingDepartment].includes(id)),
    );
  const bodies: Partial<{ [K in AuthoredConsultType]: () => ConsultBody<K> }> = {
    acknowledged: () => ({ promiseMinutes: chance.int(0, 60), assignSelf: chance.yes(0.3) && mayTake }),
    assigned: () => ({
      to: chance.yes(0.4) && mayTake ? person.id : doctor(),
      acknowledges: chance.yes(0.3),
    }),
    reassigned: () => ({ to: doctor(), reason: words(chance) }),
    redirected: () => ({ department: elsewhere(), reason: words(chance) }),
    joined: () => ({ department: elsewhere(), reason: words(chance) }),
    declined: () => ({ wayForward: { way: 'advice-given', advice: words(chance) }, reason: words(chance) }),
    'urgency-changed': () => ({ to: chance.pick(urgencies), reason: words(chance) }),
    'note-added': () => ({ kind: 'progress', text: words(chance) }),
    'message-posted': () => ({ text: words(chance) }),
    'info-requested': () => ({ text: words(chance) }),
    'info-provided': () => ({ text: words(chance) }),
    completed: () => ({
      answers: { kind: 'question' },
      findings: words(chance),
      recommendations: [
        { id: `r${String(chance.int(1, 9))}`, text: words(chance), dose: '', duration: '', stopOn: null },
      ],
      followUp: chance.yes(0.2) ? { kind: 'regular', everyDays: 2 } : { kind: 'none' },
    }),
    'recommendation-marked': () => ({
      recommendation: consult.recommendations.length === 0 ? 'r1' : chance.pick(consult.recommendations).id,
      as: 'accepted',
    }),
    corrected: () => ({ of: target(), text: words(chance) }),
    'entered-in-error': () => ({ of: target(), reason: words(chance) }),
    'attachment-added': () => ({ ...sampleBodies['attachment-added'], file: chance.uuid() as FileId }),
  };
  const make = bodies[type] as (() => ConsultBody<T>) | undefined;
  return make === undefined ? sampleBodies[type] : make();
}

export interface Actor {
  readonly tablet: Tablet;
  readonly chance: Chance;
  /** Told before an act is written, so that the ledger knows what it was. */
  forbidden(): void;
}

interface Scene extends Actor {
  readonly directory: Directory;
  readonly person: Person;
  readonly consults: readonly Consult[];
  readonly patients: readonly Patient[];
}

/** One random thing this person does with what their own tablet shows. Resolves when the tablet has written it or could not. */
export async function actAtRandom(actor: Actor, isForbidden: boolean): Promise<void> {
  const { tablet, chance } = actor;
  const directory = shown(tablet.directory);
  const person = directory.people.get(tablet.person);
  if (person === undefined || directory.organisation === null) return;
  const scene: Scene = {
    ...actor,
    directory,
    person,
    consults: shown(tablet.openConsults),
    patients: shown(tablet.patients),
  };
  const draw = chance.next();
  if (isForbidden) return forbiddenAct(scene);
  if (draw < 0.1 || scene.patients.length === 0) return register(scene);
  if (draw < 0.22 || scene.consults.length === 0) return submit(scene);
  if (draw < 0.3) return patientAct(scene);
  return consultAct(scene);
}

async function register({ tablet, chance, person, directory }: Scene): Promise<void> {
  const own = [...departmentsOf(person, tablet.now())];
  const department = own.length === 0 ? null : chance.pick(own);
  if (department === null) return;
  if (
    !mayActOnPatient({ action: 'registered', person, patient: null, department, directory, at: tablet.now() })
  )
    return;
  const mrn = chance.yes(0.3) ? null : `MRN-${String(chance.int(1, 6))}`;
  const content = patientContent({ mrn, name: words(chance), department });
  await tablet.actOnPatient(tablet.newId() as PatientId, 'registered', { content });
}

async function submit(scene: Scene): Promise<void> {
  const { tablet, chance, person, directory, patients } = scene;
  const own = [...departmentsOf(person, tablet.now())];
  if (patients.length === 0 || own.length === 0) return;
  const patient = chance.pick(patients);
  const requestingDepartment = chance.pick(own);
  const others = [...directory.departments.keys()].filter((id) => id !== requestingDepartment);
  const content = {
    ...sampleBodies.submitted.content,
    patient: patient.id,
    patientAsWas: patient.content,
    requestingDepartment,
    receivingDepartment: chance.pick(others),
    urgency: chance.pick(urgencies),
    reason: words(chance),
    preferredDoctor: chance.yes(0.1) ? chance.pick([...directory.people.keys()]) : null,
  };
  const isDoctor = person.memberships.some(
    (each) =>
      each.department === requestingDepartment &&
      ['doctor', 'receiver', 'head'].includes(each.role) &&
      each.until === null,
  );
  if (!isDoctor || person.designation === 'ward-clerk' || person.designation === 'staff-nurse') return;
  const id = tablet.newId() as ConsultId;
  await tablet.actOnConsult(id, 'submitted', { content, linked: [] });
  // Often more is written before the first word has left.
  if (chance.yes(0.4)) await tablet.actOnConsult(id, 'note-added', { kind: 'progress', text: words(chance) });
  if (chance.yes(0.05)) await tablet.actOnConsult(id, 'cancelled', { reason: words(chance) });
}

async function consultAct(scene: Scene): Promise<void> {
  const { tablet, chance, person, directory } = scene;
  if (scene.consults.length === 0) return;
  const consult = chance.pick(scene.consults);
  const actions = actionsFor(consult, person, directory, tablet.now());
  const offered = actions.primary !== null && chance.yes(0.5) ? [actions.primary] : [...actions.others];
  const marks: AuthoredConsultType[] = consult.timeline.some(({ event }) => event.author === person.id)
    ? ['corrected', 'entered-in-error']
    : [];
  const type = chance.pick<AuthoredConsultType>([...offered, ...offered, 'opened', ...marks]);
  // The screen that asks to whom has nobody to choose.
  if (
    (type === 'reassigned' || type === 'assigned') &&
    doctorsIn(directory, consult.receivingDepartment).length === 0
  )
    return;
  await tablet.actOnConsult(consult.id, type, bodyOf(type, consult, scene));
}

async function patientAct({ tablet, chance, person, directory, patients }: Scene): Promise<void> {
  if (patients.length === 0) return;
  const patient = chance.pick(patients);
  const bodies: { readonly [T in AuthoredPatientType]?: () => PatientBody<T> } = {
    moved: () => ({
      ward: 'Ward 7',
      bed: String(chance.int(1, 40)),
      department: chance.pick([...directory.departments.keys()]),
    }),
    corrected: () => ({ changes: { diagnosis: words(chance) }, reason: words(chance) }),
    'allergies-changed': () => ({ allergies: { kind: 'none-known' } }),
    'precautions-changed': () => ({ precautions: ['contact'] }),
    discharged: () => ({ note: words(chance) }),
  };
  const action = chance.pick(Object.keys(bodies) as (keyof typeof bodies)[]);
  if (!mayActOnPatient({ action, person, patient, directory, at: tablet.now() })) return;
  await tablet.actOnPatient(patient.id, action, (bodies[action] as () => PatientBody<typeof action>)());
}

/** Something no screen offers, as a faulty build or a forger would write it. */
async function forbiddenAct(scene: Scene): Promise<void> {
  const { tablet, chance, consults } = scene;
  if (consults.length === 0) return;
  const consult = chance.pick(consults);
  const type = chance.pick(authoredConsultTypes.filter((each) => each !== 'submitted'));
  scene.forbidden();
  await tablet.actOnConsult(consult.id, type, bodyOf(type, consult, scene));
}
