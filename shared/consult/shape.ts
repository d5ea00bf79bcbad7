import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultEventType } from './events.ts';
import { urgencies } from './vocabulary.ts';

/**
 * Cheap checks of bodies that are already in the record: enough that neither the projection nor a screen trips over a body of
 * another build. They take more than the schemas do (longer text, fields they do not know) and never less.
 */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
/** Bounded, so that no due time leaves the years an instant can hold. */
const minutes: Check = (value) => typeof value === 'number' && value >= 0 && value <= 10_000_000;
const moment: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const flag: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...options: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && options.includes(value);

function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const record = value as Readonly<Record<string, unknown>>;
    for (const [name, check] of entries) if (!check(record[name])) return false;
    return true;
  };
}

/** A value whose `tag` field says which checks hold; an unknown tag is of a newer build. */
function tagged(tag: string, cases: Readonly<Record<string, Check>>): Check {
  const known = new Map(Object.entries(cases));
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const kind = (value as Readonly<Record<string, unknown>>)[tag];
    return typeof kind === 'string' && known.get(kind)?.(value) === true;
  };
}

const anything = fields({});
const urgency = oneOf(...urgencies);
const measured = orNull(number);
const reason = fields({ reason: text });
const pointsAtText = fields({ of: text, text });
const targets = fields({ acknowledged: minutes, seen: minutes, completed: minutes });

const vitals = fields({
  respirationsPerMinute: measured,
  oxygenSaturationPercent: measured,
  oxygenScale: number,
  onOxygen: orNull(flag),
  systolicMmHg: measured,
  diastolicMmHg: measured,
  pulsePerMinute: measured,
  consciousness: orNull(text),
  temperatureCelsius: measured,
});
const patientAsWas = fields({
  mrn: orNull(text),
  name: text,
  born: tagged('kind', {
    date: fields({ date: text }),
    age: fields({ value: number, unit: text, asOf: text }),
    unknown: anything,
  }),
  sex: text,
  ward: text,
  bed: text,
  department: text,
  diagnosis: text,
  allergies: tagged('kind', {
    'not-asked': anything,
    'none-known': anything,
    known: fields({ list: list(fields({ substance: text, reaction: text })) }),
  }),
  precautions: list(text),
});
const content = fields({
  patient: text,
  patientAsWas,
  requestingDepartment: text,
  receivingDepartment: text,
  urgency,
  question: text,
  reason: text,
  history: text,
  medication: text,
  vitals: orNull(vitals),
  results: text,
  callBack: text,
  preferredDoctor: orNull(text),
  intakeAnswers: list(
    fields({ question: text, asked: text, answer: (value) => text(value) || flag(value) || number(value) }),
  ),
});
const recommendation = fields({ id: text, text, dose: text, duration: text, stopOn: orNull(text) });
const followUp = tagged('kind', {
  none: anything,
  regular: fields({ everyDays: number }),
  conditional: fields({ when: text, dueAt: orNull(moment) }),
});

const shapes: Readonly<Record<ConsultEventType, Check>> = {
  submitted: fields({ content, linked: list(text) }),
  resubmitted: fields({ changes: text }),
  'info-provided': fields({ text }),
  'urgency-changed': fields({ to: urgency, reason: text }),
  'recommendation-marked': tagged('as', {
    accepted: fields({ recommendation: text }),
    declined: fields({ recommendation: text, reason: text }),
    done: fields({ recommendation: text }),
  }),
  closed: anything,
  reopened: reason,
  cancelled: reason,
  rang: fields({ whom: text, outcome: text }),
  acknowledged: fields({ promiseMinutes: minutes, assignSelf: flag }),
  'promise-changed': fields({ promiseMinutes: minutes }),
  assigned: fields({ to: text, acknowledges: flag }),
  reassigned: fields({ to: text, reason: text }),
  unassigned: reason,
  seen: anything,
  'info-requested': fields({ text }),
  redirected: fields({ department: text, reason: text }),
  declined: fields({
    wayForward: tagged('way', {
      'advice-given': fields({ advice: text }),
      'agreed-by-phone': fields({ with: text }),
      'other-department': fields({ department: text }),
    }),
    reason: text,
  }),
  completed: fields({
    answers: tagged('kind', { question: anything, 'changed-question': fields({ because: text }) }),
    findings: text,
    recommendations: list(recommendation),
    followUp,
  }),
  'follow-up-recorded': fields({ findings: text, next: followUp }),
  'follow-up-ended': reason,
  'hand-over-confirmed': anything,
  'note-added': fields({ kind: oneOf('progress', 'assessment', 'plan', 'recommendation'), text }),
  'message-posted': fields({ text }),
  'attachment-added': fields({
    file: text,
    caption: text,
    key: text,
    digest: text,
    sizeBytes: number,
    mediaType: text,
    placeholder: text,
  }),
  joined: fields({ department: text, reason: text }),
  opened: anything,
  corrected: pointsAtText,
  'entered-in-error': fields({ of: text, reason: text }),
  'force-closed': reason,
  numbered: fields({ reference: text }),
  'clock-snapshot': fields({
    of: text,
    startsAt: moment,
    urgency,
    department: text,
    targets,
    policy: fields({ steps: list(anything) }),
  }),
  'auto-assigned': fields({ of: text, to: text, rule: text }),
  'arrived-late': fields({ of: text, minutes }),
  escalated: fields({
    clock: text,
    step: number,
    repeat: number,
    unless: text,
    notified: list(fields({ person: text, as: text })),
  }),
  'hand-over-offered': fields({ to: text, until: moment }),
  'follow-up-due': fields({ of: text, dueAt: moment }),
  'assignee-left': fields({ person: text }),
  'patient-relinked': fields({ patient: text }),
  'patient-kept-apart': fields({ of: text, patient: text }),
};
const shapeOf: ReadonlyMap<string, Check> = new Map(Object.entries(shapes));

/** False: of a newer build (or not of a consult at all); it is carried and shown as such, and its body is not to be read. */
export const isReadable = (event: HeldEvent): event is HeldEvent & { type: ConsultEventType } =>
  event.v === 1 && shapeOf.get(event.type)?.(event.body) === true;
