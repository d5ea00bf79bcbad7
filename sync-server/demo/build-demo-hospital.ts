import { defaultDesignations } from '#server/directory/new-hospital.ts';
import type { Alert } from '#shared/alert/alert.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import type { EventDocument, StampedEvent } from '#shared/event/envelope.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { createReferences, type ConsultStory, type References } from './consult-story.ts';
import { alertsOf } from './demo-alerts.ts';
import { buildDepartments, departmentCodes, type Departments } from './departments.ts';
import { buildDevices } from './devices.ts';
import { historyDays, planHistory } from './history.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import { planLiveConsults } from './live-consults.ts';
import { demoTimeZone } from './local-time.ts';
import { buildPatients } from './patients.ts';
import { createRandom } from './random.ts';
import { buildRota } from './rota.ts';
import { accountsOf, signInsOf, type DemoAccount, type DemoSignIn } from './sign-ins.ts';
import { buildTeams, peopleOf, withLeaders } from './staff.ts';
import type { SealEvent } from './stamper.ts';

export interface DemoRequest {
  readonly seed: number;
  /** The moment the hospital is built for; everything lies before it, but the rota. */
  readonly now: Instant;
  /** Absent: seals no server would take for its own. */
  readonly sealEvent?: SealEvent;
}

/** A claim document of a reference number, for the claims database. */
export interface ReferenceDocument {
  readonly kind: 'reference';
  readonly id: string;
  readonly reference: string;
  readonly holder: string;
}

/** Documents by database, each with its own `id`; nothing is stored here. */
export interface DemoHospital {
  readonly directory: readonly DirectoryDocument[];
  readonly patients: readonly EventDocument[];
  readonly consults: readonly EventDocument[];
  /** Of the last day. */
  readonly alerts: readonly Alert[];
  readonly references: readonly ReferenceDocument[];
  /** Everybody's e-mail address; the caller gives all of them one password. */
  readonly accounts: readonly DemoAccount[];
  /** The few who are named on the first screen, most useful first. */
  readonly signIns: readonly DemoSignIn[];
}

export const demoHospitalName = 'Sahil Teaching Hospital';
const patientCount = 300;
const firstRotaWeek = -1;
const lastRotaWeek = 2;

const organisation = (departments: Departments): Organisation => ({
  kind: 'organisation',
  id: 'organisation',
  name: demoHospitalName,
  timeZone: demoTimeZone,
  languages: ['en'],
  demo: true,
  designations: [...defaultDesignations],
  dutyAdministration: departments.ADMIN.id,
  retentionDays: 30,
});

/** Tells all consults in the order they came, so that reference numbers rise with time. */
function tellAll(plan: HospitalPlan, references: References): ConsultStory[] {
  const tellings = [...planHistory(plan), ...planLiveConsults(plan)].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
  return tellings.flatMap((telling) => telling.tell(references) ?? []);
}

/**
 * The demo hospital: fourteen departments, their people with a rota, three hundred patients, ninety days of consults and some of every
 * state now. Pure: the same seed, moment and seals give the same documents. All of it is made up.
 */
export function buildDemoHospital({ seed, now, sealEvent = () => 'demo' }: DemoRequest): DemoHospital {
  const random = createRandom(seed);
  const since = addMinutes(now, -3 * 365 * 24 * 60);
  const bare = buildDepartments(random);
  const teams = buildTeams(bare, since, random);
  const departments = withLeaders(bare, teams);
  const people = departmentCodes.flatMap((code) => peopleOf(teams[code]));
  const devices = buildDevices(random);
  const rotaPlan = { departments, teams, now };
  const fixed: DirectoryDocument[] = [
    organisation(departments),
    ...departmentCodes.map((code) => departments[code]),
    ...people,
  ];
  const pastWeeks = Math.ceil(historyDays / 7) + 2;
  const plan: HospitalPlan = {
    now,
    random,
    sealEvent,
    departments,
    teams,
    devices,
    patients: buildPatients({ now, count: patientCount, departments, teams, devices, random, sealEvent }),
    directory: directoryFrom([...fixed, ...buildRota(rotaPlan, -pastWeeks, lastRotaWeek)]),
  };
  const references = createReferences();
  const consults = tellAll(plan, references).map((story) => story.document);
  const dayAgo = addMinutes(now, -24 * 60);
  return {
    directory: [...fixed, ...buildRota(rotaPlan, firstRotaWeek, lastRotaWeek)],
    patients: plan.patients.map((patient) => patient.document),
    consults,
    alerts: consults.flatMap((consult) => alertsOf(consult.events as StampedEvent[], dayAgo, plan)),
    references: references.given.map((reference) => ({
      kind: 'reference',
      id: `ref:${reference}`,
      reference,
      holder: 'demo',
    })),
    accounts: accountsOf(people),
    signIns: signInsOf(teams),
  };
}
