import { z } from 'zod';
import { intakeAnswerSchema } from '#shared/directory/intake-question.ts';
import { escalationPolicySchema } from '#shared/directory/escalation-policy.ts';
import {
  consultIdSchema,
  departmentIdSchema,
  eventIdSchema,
  fileIdSchema,
  patientIdSchema,
  personIdSchema,
} from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { lineText, longText, requiredText } from '#shared/lib/text.ts';
import { patientContentSchema } from '#shared/patient/content.ts';
import { vitalsSchema } from './vitals.ts';
import { targetsSchema, urgencySchema } from './vocabulary.ts';

const reason = requiredText(1000);
const prose = requiredText(8000);
const promiseMinutes = z.int().min(0).max(1440);
/** Why a person was chosen without one choosing: the department's assignment rule. */
export const assignmentRuleSchema = z.enum([
  'on-call',
  'round-robin',
  'least-loaded',
  'seniority',
  'named',
  'receiver',
  'head',
  'preferred',
]);

/** What the requesting doctor writes at the bedside (CON-1). Empty text means not given; null vitals not taken. */
export const requestContentSchema = z.strictObject({
  patient: patientIdSchema,
  /** The patient as known on the tablet at that moment; the place shown on screens is the patient's own. */
  patientAsWas: patientContentSchema,
  requestingDepartment: departmentIdSchema,
  receivingDepartment: departmentIdSchema,
  urgency: urgencySchema,
  question: requiredText(1000),
  reason: requiredText(4000),
  history: longText(8000),
  medication: longText(4000),
  vitals: vitalsSchema.nullable(),
  results: longText(4000),
  callBack: longText(40),
  preferredDoctor: personIdSchema.nullable(),
  intakeAnswers: z.array(intakeAnswerSchema).max(30),
});
export type RequestContent = z.infer<typeof requestContentSchema>;

/** One piece of advice; `id` is unique in the consult and what recommendation-marked points at. */
export const recommendationSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  text: requiredText(1000),
  dose: longText(200),
  duration: longText(200),
  stopOn: z.iso.date().nullable(),
});
export type Recommendation = z.infer<typeof recommendationSchema>;

export const followUpSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('regular'), everyDays: z.int().min(1).max(365) }),
  z.strictObject({
    kind: z.literal('conditional'),
    when: requiredText(500),
    dueAt: instantSchema.nullable(),
  }),
]);
export type FollowUp = z.infer<typeof followUpSchema>;

export const wayForwardSchema = z.discriminatedUnion('way', [
  z.strictObject({ way: z.literal('advice-given'), advice: requiredText(4000) }),
  z.strictObject({ way: z.literal('agreed-by-phone'), with: lineText(120) }),
  z.strictObject({ way: z.literal('other-department'), department: departmentIdSchema }),
]);

const empty = z.strictObject({});

/** Acts of people: what a tablet may send. */
export const authoredConsultBodies = {
  // requesting side
  submitted: z.strictObject({ content: requestContentSchema, linked: z.array(consultIdSchema).max(12) }),
  resubmitted: z.strictObject({ changes: prose }),
  'info-provided': z.strictObject({ text: prose }),
  'urgency-changed': z.strictObject({ to: urgencySchema, reason }),
  'recommendation-marked': z.discriminatedUnion('as', [
    z.strictObject({ recommendation: recommendationSchema.shape.id, as: z.literal('accepted') }),
    z.strictObject({ recommendation: recommendationSchema.shape.id, as: z.literal('declined'), reason }),
    z.strictObject({ recommendation: recommendationSchema.shape.id, as: z.literal('done') }),
  ]),
  closed: empty,
  reopened: z.strictObject({ reason }),
  cancelled: z.strictObject({ reason }),
  rang: z.strictObject({ whom: lineText(120), outcome: requiredText(500) }),
  // receiving side
  /** `assignSelf` makes acknowledge-and-assign one act (CON-4); `promiseMinutes` is "when will you be there?". */
  acknowledged: z.strictObject({ promiseMinutes, assignSelf: z.boolean() }),
  'promise-changed': z.strictObject({ promiseMinutes }),
  /** `acknowledges`: a receiver who takes the consult for the department and hands it to someone in one act. */
  assigned: z.strictObject({ to: personIdSchema, acknowledges: z.boolean() }),
  reassigned: z.strictObject({ to: personIdSchema, reason: longText(1000) }),
  unassigned: z.strictObject({ reason }),
  seen: empty,
  'info-requested': z.strictObject({ text: prose }),
  redirected: z.strictObject({ department: departmentIdSchema, reason }),
  declined: z.strictObject({ wayForward: wayForwardSchema, reason }),
  completed: z
    .strictObject({
      answers: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('question') }),
        z.strictObject({ kind: z.literal('changed-question'), because: requiredText(1000) }),
      ]),
      findings: longText(8000),
      recommendations: z.array(recommendationSchema).max(20),
      followUp: followUpSchema,
    })
    .refine(
      (body) => body.findings.trim() !== '' || body.recommendations.length > 0,
      'needs findings or recommendations',
    ),
  'follow-up-recorded': z.strictObject({ findings: prose, next: followUpSchema }),
  'follow-up-ended': z.strictObject({ reason }),
  'hand-over-confirmed': empty,
  // both sides
  'note-added': z.strictObject({
    kind: z.enum(['progress', 'assessment', 'plan', 'recommendation']),
    text: prose,
  }),
  'message-posted': z.strictObject({ text: requiredText(2000) }),
  'attachment-added': z.strictObject({
    file: fileIdSchema,
    caption: longText(200),
    /** Base64 of the AES-256-GCM key that opens the file. */
    key: z.string().max(64),
    /** SHA-256 of the ciphertext, hex. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    sizeBytes: z
      .int()
      .min(1)
      .max(64 * 1024 * 1024),
    mediaType: z.enum(['image/jpeg', 'image/png', 'image/webp', 'application/pdf']),
    /** A few bytes to draw before the file is here; base64 of at most 100 bytes. */
    placeholder: z.string().max(136),
    /** A small picture of it, sealed like the file itself under a key of its own; absent where there is none. */
    thumbnail: z
      .strictObject({
        file: fileIdSchema,
        key: z.string().max(64),
        digest: z.string().regex(/^[0-9a-f]{64}$/),
        sizeBytes: z
          .int()
          .min(1)
          .max(1024 * 1024),
      })
      .optional(),
  }),
  joined: z.strictObject({ department: departmentIdSchema, reason }),
  opened: empty,
  corrected: z.strictObject({ of: eventIdSchema, text: prose }),
  'entered-in-error': z.strictObject({ of: eventIdSchema, reason }),
  // managers
  'force-closed': z.strictObject({ reason }),
} as const;

/** Facts the server appends; never taken from a tablet. */
export const systemConsultBodies = {
  // in the same write as the event that causes them, id = `<cause id>:<type>`
  numbered: z.strictObject({ reference: z.string().regex(/^[A-Z]{2,8}-\d{2}-\d{5,7}$/) }),
  /** Starts (or re-bases) the three clocks: `startsAt` already has the cause's age taken off. `urgency` and `department` are what they run for. */
  'clock-snapshot': z.strictObject({
    of: eventIdSchema,
    startsAt: instantSchema,
    urgency: urgencySchema,
    department: departmentIdSchema,
    targets: targetsSchema,
    policy: escalationPolicySchema,
  }),
  'auto-assigned': z.strictObject({ of: eventIdSchema, to: personIdSchema, rule: assignmentRuleSchema }),
  /** The event `of` had waited on its tablet for so many whole minutes when it came (only when ≥ 1). */
  'arrived-late': z.strictObject({ of: eventIdSchema, minutes: z.int().min(1) }),
  // id from a claim
  escalated: z.strictObject({
    clock: eventIdSchema,
    step: z.int().min(0),
    repeat: z.int().min(0),
    unless: z.enum(['acknowledged', 'seen', 'completed', 'promise', 'info', 'declined-twice', 'hand-over']),
    notified: z.array(z.strictObject({ person: personIdSchema, as: z.string().max(40) })).max(30),
  }),
  'hand-over-offered': z.strictObject({ to: personIdSchema, until: instantSchema }),
  'follow-up-due': z.strictObject({ of: eventIdSchema, dueAt: instantSchema }),
  /** Whoever had it is no longer active; nobody has it now. Source: docs/decisions/0014-administration.md */
  'assignee-left': z.strictObject({ person: personIdSchema }),
  'patient-relinked': z.strictObject({ patient: patientIdSchema }),
  /**
   * Who wrote `of` had no way to this patient's record when it was taken: the consult stands with what they wrote, and brings the record into
   * nobody's reach. Source: docs/decisions/0013-patients-outside-scope.md
   */
  'patient-kept-apart': z.strictObject({ of: eventIdSchema, patient: patientIdSchema }),
} as const;

export type AuthoredConsultType = keyof typeof authoredConsultBodies;
export type SystemConsultType = keyof typeof systemConsultBodies;
export type ConsultEventType = AuthoredConsultType | SystemConsultType;
export const authoredConsultTypes = Object.keys(authoredConsultBodies) as AuthoredConsultType[];
export const systemConsultTypes = Object.keys(systemConsultBodies) as SystemConsultType[];

export type ConsultBody<T extends ConsultEventType> = T extends AuthoredConsultType
  ? z.infer<(typeof authoredConsultBodies)[T]>
  : T extends SystemConsultType
    ? z.infer<(typeof systemConsultBodies)[T]>
    : never;
