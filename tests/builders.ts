import { defaultTargets } from '#shared/consult/vocabulary.ts';
import {
  systemConsultBodies,
  type AuthoredConsultType,
  type ConsultBody,
  type RequestContent,
  type SystemConsultType,
} from '#shared/consult/events.ts';
import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import type { Membership, Permission, Person, Role } from '#shared/directory/staff.ts';
import {
  systemAuthor,
  type AuthoredEnvelope,
  type HeldEvent,
  type StampedEvent,
} from '#shared/event/envelope.ts';
import type {
  ConsultId,
  DepartmentId,
  DeviceId,
  EventId,
  FileId,
  PatientId,
  PersonId,
} from '#shared/lib/id.ts';
import { addMinutes, instant, type Instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';

/** A UUIDv4-shaped id that is always the same for the same name: failures can be read and repeated. */
export function uuidOf(name: string): string {
  let hex = '';
  for (let part = 0; hex.length < 32; part++) {
    let hash = Math.imul(0x811c9dc5, 2 * part + 1);
    for (const unit of name) hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hex += ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, '0');
  }
  const variant = '89ab'[parseInt(hex.slice(16, 17), 16) % 4] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
export const personId = (name: string): PersonId => uuidOf(`person ${name}`) as PersonId;
export const departmentId = (name: string): DepartmentId => uuidOf(`department ${name}`) as DepartmentId;
export const consultId = (name: string): ConsultId => uuidOf(`consult ${name}`) as ConsultId;
export const patientId = (name: string): PatientId => uuidOf(`patient ${name}`) as PatientId;
export const deviceId = (name: string): DeviceId => uuidOf(`device ${name}`) as DeviceId;
export const fileId = (name: string): FileId => uuidOf(`file ${name}`) as FileId;
export const eventId = (name: string): EventId => uuidOf(`event ${name}`) as EventId;

/** The moment every story starts unless told otherwise. */
export const storyStart: Instant = instant('2026-03-02T08:00:00.000Z');
const longAgo = instant('2020-01-01T00:00:00.000Z');

export const defaultPolicy: EscalationPolicy = {
  steps: [
    {
      afterMinutes: 10,
      unless: 'acknowledged',
      notify: [{ who: 'head' }],
      repeatMinutes: null,
      repeatTimes: null,
    },
  ],
};

export const membership = (
  department: DepartmentId,
  role: Role,
  over: Partial<Membership> = {},
): Membership => ({
  department,
  role,
  primary: true,
  from: longAgo,
  until: null,
  ...over,
});
export const grant = (permission: Permission): Person['grants'][number] => ({
  permission,
  from: longAgo,
  until: null,
});

/** Designation 'registrar' is clinical, 'ward-clerk' is not. */
export function person(name: string, memberships: Membership[], over: Partial<Person> = {}): Person {
  return {
    kind: 'person',
    id: personId(name),
    name,
    initials: name.slice(0, 2).toUpperCase(),
    phone: null,
    designation: 'registrar',
    memberships,
    grants: [],
    active: true,
    ...over,
  };
}

export function department(name: string, over: Partial<Department> = {}): Department {
  return {
    kind: 'department',
    id: departmentId(name),
    name,
    code: name
      .replace(/[^a-z]/gi, '')
      .slice(0, 4)
      .toUpperCase()
      .padEnd(2, 'X'),
    type: 'clinical',
    parent: null,
    head: null,
    receiver: null,
    extension: null,
    email: null,
    active: true,
    targets: { ...defaultTargets },
    assignment: { emergency: { mode: 'manual' }, urgent: { mode: 'manual' }, routine: { mode: 'manual' } },
    policies: { emergency: defaultPolicy, urgent: defaultPolicy, routine: defaultPolicy },
    intakeQuestions: [],
    ...over,
  };
}

export const organisation = (over: Partial<Organisation> = {}): Organisation => ({
  kind: 'organisation',
  id: 'organisation',
  name: 'Test Hospital',
  timeZone: 'Asia/Karachi',
  languages: ['en'],
  demo: true,
  designations: [
    { code: 'registrar', name: 'Registrar', rank: 8, clinical: true },
    { code: 'staff-nurse', name: 'Staff Nurse', rank: null, clinical: true },
    { code: 'ward-clerk', name: 'Ward Clerk', rank: null, clinical: false },
  ],
  dutyAdministration: null,
  retentionDays: 30,
  ...over,
});

export const directoryOf = (
  people: readonly Person[],
  departments: readonly Department[],
  over: Partial<Directory> = {},
): Directory => ({
  people: new Map(people.map((each) => [each.id, each])),
  departments: new Map(departments.map((each) => [each.id, each])),
  rotaWeeks: [],
  organisation: organisation(),
  ...over,
});

/**
 * The small hospital of most tests. Medicine asks, Cardiology answers; Surgery is where redirects go, Radiology has no part.
 * Cardiology's parent is the Heart Centre.
 */
export const departments = {
  medicine: department('medicine'),
  cardiology: department('cardiology', { parent: departmentId('heart-centre') }),
  surgery: department('surgery'),
  radiology: department('radiology'),
  heartCentre: department('heart-centre'),
} as const;

const inMedicine = departments.medicine.id;
const inCardiology = departments.cardiology.id;
export const people = {
  /** Doctor in Medicine who writes the request. */
  requester: person('requester', [membership(inMedicine, 'doctor')]),
  requesterColleague: person('requester-colleague', [membership(inMedicine, 'doctor')]),
  requestingHead: person('requesting-head', [membership(inMedicine, 'head')]),
  requestingNurse: person('requesting-nurse', [membership(inMedicine, 'nurse')], {
    designation: 'staff-nurse',
  }),
  cardiologist: person('cardiologist', [membership(inCardiology, 'doctor')]),
  cardiologist2: person('cardiologist-2', [membership(inCardiology, 'doctor')]),
  receiver: person('receiver', [membership(inCardiology, 'receiver')]),
  head: person('head', [membership(inCardiology, 'head')]),
  parentHead: person('parent-head', [membership(departments.heartCentre.id, 'head')]),
  cardiologyNurse: person('cardiology-nurse', [membership(inCardiology, 'nurse')], {
    designation: 'staff-nurse',
  }),
  cardiologyClerk: person('cardiology-clerk', [membership(inCardiology, 'clerk')], {
    designation: 'ward-clerk',
  }),
  surgeon: person('surgeon', [membership(departments.surgery.id, 'doctor')]),
  surgicalReceiver: person('surgical-receiver', [membership(departments.surgery.id, 'receiver')]),
  radiologist: person('radiologist', [membership(departments.radiology.id, 'doctor')]),
  manager: person('manager', [membership(departments.radiology.id, 'administrator')], {
    designation: 'ward-clerk',
    grants: [grant('manage-hospital-consults')],
  }),
  auditor: person('auditor', [membership(departments.radiology.id, 'auditor')], {
    designation: 'ward-clerk',
  }),
} as const;

/** A directory of the people and departments above. */
export const hospital = (over: Partial<Directory> = {}): Directory =>
  directoryOf(Object.values(people), Object.values(departments), over);

export const patientContent = (over: Partial<PatientContent> = {}): PatientContent => ({
  mrn: 'MRN-1001',
  name: 'Test Patient',
  born: { kind: 'age', value: 61, unit: 'years', asOf: '2026-03-02' },
  sex: 'female',
  ward: 'Ward 4',
  bed: '12',
  department: departments.medicine.id,
  diagnosis: 'Pneumonia',
  allergies: { kind: 'not-asked' },
  precautions: [],
  ...over,
});

export const requestContent = (over: Partial<RequestContent> = {}): RequestContent => ({
  patient: patientId('one'),
  patientAsWas: patientContent(),
  requestingDepartment: departments.medicine.id,
  receivingDepartment: departments.cardiology.id,
  urgency: 'urgent',
  question: 'Is this an acute coronary syndrome?',
  reason: 'Chest pain for two hours, raised troponin.',
  history: 'Hypertension.',
  medication: 'Aspirin 75 mg.',
  vitals: null,
  results: '',
  callBack: '4411',
  preferredDoctor: null,
  intakeAnswers: [],
  ...over,
});

type SampleBodies = { readonly [T in AuthoredConsultType]: ConsultBody<T> };
/** One valid body per act, for tests that only need some act of that type. */
export const sampleBodies: SampleBodies = {
  submitted: { content: requestContent(), linked: [] },
  resubmitted: { changes: 'ECG repeated.' },
  'info-provided': { text: 'Potassium 3.9.' },
  'urgency-changed': { to: 'emergency', reason: 'Now hypotensive.' },
  'recommendation-marked': { recommendation: 'r1', as: 'accepted' },
  closed: {},
  reopened: { reason: 'Pain again.' },
  cancelled: { reason: 'Patient transferred.' },
  rang: { whom: 'Extension 4410', outcome: 'Answered, coming.' },
  acknowledged: { promiseMinutes: 15, assignSelf: false },
  'promise-changed': { promiseMinutes: 30 },
  assigned: { to: people.cardiologist.id, acknowledges: false },
  reassigned: { to: people.cardiologist2.id, reason: '' },
  unassigned: { reason: 'Called to theatre.' },
  seen: {},
  'info-requested': { text: 'Latest potassium?' },
  redirected: { department: departments.surgery.id, reason: 'Surgical abdomen.' },
  declined: {
    wayForward: { way: 'advice-given', advice: 'Repeat troponin in 3 h.' },
    reason: 'Not cardiac.',
  },
  completed: {
    answers: { kind: 'question' },
    findings: 'No acute coronary syndrome.',
    recommendations: [{ id: 'r1', text: 'Echo tomorrow', dose: '', duration: '', stopOn: null }],
    followUp: { kind: 'regular', everyDays: 2 },
  },
  'follow-up-recorded': { findings: 'Stable.', next: { kind: 'none' } },
  'follow-up-ended': { reason: 'Discharged.' },
  'hand-over-confirmed': {},
  'note-added': { kind: 'progress', text: 'Pain free.' },
  'message-posted': { text: 'On my way.' },
  'attachment-added': {
    file: fileId('ecg'),
    caption: 'ECG',
    key: 'a2V5',
    digest: 'ab'.repeat(32),
    sizeBytes: 1024,
    mediaType: 'image/jpeg',
    placeholder: '',
  },
  joined: { department: departments.surgery.id, reason: 'Same question.' },
  opened: {},
  corrected: { of: eventId('target'), text: 'Left, not right.' },
  'entered-in-error': { of: eventId('target'), reason: 'Wrong patient.' },
  'force-closed': { reason: 'Duplicate left open.' },
};

/** What a tablet writes; valid as it stands, each part can be replaced. */
export function authored<T extends AuthoredConsultType>(
  type: T,
  body: ConsultBody<T> = sampleBodies[type],
  over: Partial<Omit<AuthoredEnvelope, 'type' | 'body'>> = {},
): AuthoredEnvelope {
  return {
    v: 1,
    id: eventId(`${type} ${over.author ?? ''} ${over.lamport ?? 1}`),
    document: consultId('one'),
    type,
    author: people.requester.id,
    device: deviceId('one'),
    lamport: 1,
    base: 0,
    occurredAt: storyStart,
    body: { ...body },
    ...over,
  };
}

export const stamped = (
  event: HeldEvent,
  n: number,
  receivedAt: Instant,
  via: 'session' | 'system' = 'session',
): StampedEvent => ({ ...event, n, receivedAt, via, seal: 'test-seal' });

export const systemEvent = <T extends SystemConsultType>(
  type: T,
  body: ConsultBody<T>,
  cause: HeldEvent,
  n: number,
  receivedAt: Instant,
): StampedEvent => {
  systemConsultBodies[type].parse(body);
  return stamped(
    {
      v: 1,
      id: `${cause.id}:${type}` as EventId,
      document: cause.document,
      type,
      author: systemAuthor,
      device: null,
      lamport: cause.lamport,
      base: cause.base,
      occurredAt: receivedAt,
      body: { ...body },
    },
    n,
    receivedAt,
    'system',
  );
};

export interface Step {
  readonly by?: Person;
  /** Minutes after the story's start at which the server takes it; by default one minute after the act before. */
  readonly atMinute?: number;
  /** Minutes it waited on its tablet. */
  readonly lateMinutes?: number;
  /** What the author had seen, where it was not everything (concurrent or offline acts). */
  readonly base?: number;
  readonly lamport?: number;
  readonly id?: EventId;
  readonly device?: DeviceId;
  /** Left in the outbox, without stamps. */
  readonly unsent?: boolean;
}

/**
 * Tells a consult's story as the server would keep it: stamps each act and appends `numbered`, `clock-snapshot` and
 * `arrived-late` where they belong. `events` is the document; nothing is judged here.
 */
export class Story {
  readonly id: ConsultId;
  readonly startAt: Instant;
  readonly #events: HeldEvent[] = [];
  #minute = -1;
  #count = 0;
  #urgency: ConsultBody<'urgency-changed'>['to'] = 'urgent';
  #department: DepartmentId = departments.cardiology.id;

  constructor(name = 'one', startAt: Instant = storyStart) {
    this.id = consultId(name);
    this.startAt = startAt;
  }

  get events(): readonly HeldEvent[] {
    return [...this.#events];
  }

  get lastN(): number {
    return this.#events.reduce((highest, event) => Math.max(highest, event.n ?? 0), 0);
  }

  /** The event made last by `act`. */
  get last(): HeldEvent {
    const found = this.#events.findLast((event) => event.author !== systemAuthor);
    if (found === undefined) throw new Error('nothing has happened yet');
    return found;
  }

  minute(minutes: number): Instant {
    return addMinutes(this.startAt, minutes);
  }

  submitted(content: Partial<RequestContent> = {}, step: Step = {}): this {
    const full = requestContent(content);
    this.#urgency = full.urgency;
    this.#department = full.receivingDepartment;
    return this.act('submitted', { content: full, linked: [] }, { by: people.requester, ...step });
  }

  /**
   * By default the requester writes the requesting side's acts, the receiver those that give the consult to somebody or away,
   * the manager a force-close, and the cardiologist all others.
   */
  act<T extends AuthoredConsultType>(
    type: T,
    body: ConsultBody<T> = sampleBodies[type],
    step: Step = {},
  ): this {
    const by = step.by ?? authorOf(type);
    this.#minute = step.atMinute ?? this.#minute + 1;
    this.#count++;
    const lateMinutes = step.lateMinutes ?? 0;
    const receivedAt = this.minute(this.#minute);
    const event = authored(type, body, {
      id: step.id ?? eventId(`${this.id} ${this.#count} ${type}`),
      document: this.id,
      author: by.id,
      device: step.device ?? deviceId(by.name),
      lamport: step.lamport ?? 1 + this.#events.reduce((highest, each) => Math.max(highest, each.lamport), 0),
      base: step.base ?? this.lastN,
      occurredAt: addMinutes(receivedAt, -lateMinutes),
    });
    if (step.unsent === true) {
      this.#events.push(event);
      return this;
    }
    const accepted = stamped(event, this.lastN + 1, receivedAt);
    this.#events.push(accepted);
    if (lateMinutes >= 1) this.system('arrived-late', { of: event.id, minutes: lateMinutes }, accepted);
    if (type === 'submitted') this.system('numbered', { reference: 'CARD-26-00412' }, accepted);
    if (type === 'urgency-changed') this.#urgency = (body as ConsultBody<'urgency-changed'>).to;
    if (type === 'redirected') this.#department = (body as ConsultBody<'redirected'>).department;
    if (startsClocks.has(type)) {
      this.system(
        'clock-snapshot',
        {
          of: event.id,
          startsAt: addMinutes(receivedAt, -lateMinutes),
          urgency: this.#urgency,
          department: this.#department,
          targets: defaultTargets[this.#urgency],
          policy: defaultPolicy,
        },
        accepted,
      );
    }
    return this;
  }

  system<T extends SystemConsultType>(type: T, body: ConsultBody<T>, cause: HeldEvent = this.last): this {
    this.#events.push(systemEvent(type, body, cause, this.lastN + 1, this.minute(Math.max(0, this.#minute))));
    return this;
  }

  /** Any event at all, such as one of a newer build. */
  raw(event: HeldEvent): this {
    this.#events.push(event);
    return this;
  }
}

const requestingActs: ReadonlySet<AuthoredConsultType> = new Set([
  'submitted',
  'resubmitted',
  'info-provided',
  'urgency-changed',
  'recommendation-marked',
  'closed',
  'reopened',
  'cancelled',
  'rang',
]);
const leaderActs: ReadonlySet<AuthoredConsultType> = new Set([
  'assigned',
  'reassigned',
  'unassigned',
  'redirected',
  'declined',
]);
const authorOf = (type: AuthoredConsultType): Person => {
  if (requestingActs.has(type)) return people.requester;
  if (leaderActs.has(type)) return people.receiver;
  return type === 'force-closed' ? people.manager : people.cardiologist;
};
// Written out here on purpose: the story must not learn from the code it tests when clocks start.
const startsClocks: ReadonlySet<AuthoredConsultType> = new Set([
  'submitted',
  'resubmitted',
  'redirected',
  'urgency-changed',
  'reopened',
]);

export const story = (name?: string, startAt?: Instant): Story => new Story(name, startAt);
