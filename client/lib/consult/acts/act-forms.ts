import type { AuthoredConsultType } from '#shared/consult/events.ts';
import { urgencies } from '#shared/consult/vocabulary.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import { judgeNumber } from '$lib/ui/field/number.ts';

/** One line of advice as typed. */
export interface RecommendationFields {
  readonly id: string;
  text: string;
  dose: string;
  duration: string;
  /** YYYY-MM-DD or empty. */
  stopOn: string;
}

/** What is typed into the form of an act; text until it is saved. */
export interface ActFields {
  values: Record<string, string>;
  recommendations: RecommendationFields[];
}

interface Common {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  /** Words for a required field left empty. */
  readonly missing?: string;
  /** Drawn only while this holds. */
  readonly when?: (values: Readonly<Record<string, string>>) => boolean;
}
/** One field of a form, as the form draws it. */
export type ActField =
  | (Common & { readonly kind: 'text'; readonly max: number; readonly rows?: number })
  | (Common & { readonly kind: 'line'; readonly max: number })
  | (Common & { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string })
  | (Common & {
      readonly kind: 'choice';
      readonly options: readonly { readonly value: string; readonly label: string }[];
    })
  | (Common & { readonly kind: 'person' | 'department' | 'date-time' | 'recommendations' });

export interface ActForm {
  readonly title: string;
  readonly about?: string;
  readonly save: string;
  readonly danger?: boolean;
  readonly fields: readonly ActField[];
  readonly initial?: Readonly<Record<string, string>>;
  /** What is written, or nonsense that the schema then refuses. */
  readonly body: (fields: ActFields) => unknown;
}

/** Acts that say nothing but that they happened; one tap writes them. */
export const plainActs = ['seen', 'closed', 'hand-over-confirmed'] as const;
export type PlainAct = (typeof plainActs)[number];
export const isPlain = (act: AuthoredConsultType): act is PlainAct =>
  (plainActs as readonly string[]).includes(act);

/** Acts that a form writes. Attachments and marks have places of their own. */
export type FormAct = Exclude<
  AuthoredConsultType,
  PlainAct | 'submitted' | 'opened' | 'attachment-added' | 'recommendation-marked'
>;

export interface ActContext {
  /** The person's own department, for acts that name it. */
  readonly ownDepartment: string | null;
  /** The entry that a correction points at. */
  readonly of: EventId | null;
  /** Turns what a date-time field holds (the device's local time) into an instant. */
  readonly toInstant: (local: string) => Instant | null;
  /** Who is most likely at the other end of the line. */
  readonly whom: string;
}

const text = (values: Readonly<Record<string, string>>, name: string): string => (values[name] ?? '').trim();
const number = (values: Readonly<Record<string, string>>, name: string, max: number): number | null => {
  const judged = judgeNumber(values[name] ?? '', { min: 0, max, decimals: 0 });
  return judged.kind === 'good' ? judged.value : null;
};

const reasonField = (hint?: string): ActField => ({
  kind: 'text',
  name: 'reason',
  label: m.consult_field_reason(),
  missing: m.consult_field_reason_missing(),
  max: 1000,
  rows: 2,
  ...(hint === undefined ? {} : { hint }),
});

export const promiseChoices = [0, 15, 30, 60] as const;
export const promiseWord = (minutes: number): string =>
  minutes === 0 ? m.consult_promise_now() : m.common_minutes({ minutes });
const promiseFields: readonly ActField[] = [
  {
    kind: 'choice',
    name: 'minutes',
    label: m.consult_promise_when(),
    missing: m.consult_promise_missing(),
    options: [
      ...promiseChoices.map((minutes) => ({ value: String(minutes), label: promiseWord(minutes) })),
      { value: 'other', label: m.consult_promise_other() },
    ],
  },
  {
    kind: 'number',
    name: 'other',
    label: m.consult_promise_minutes(),
    missing: m.consult_promise_missing(),
    min: 0,
    max: 1440,
    unit: 'min',
    when: (values) => values['minutes'] === 'other',
  },
];
const promised = (values: Readonly<Record<string, string>>): number | null =>
  values['minutes'] === 'other' ? number(values, 'other', 1440) : number(values, 'minutes', 1440);

/** The fields of "what next", used after an answer and after a visit. */
const followUpFields: readonly ActField[] = [
  {
    kind: 'choice',
    name: 'followUp',
    label: m.consult_follow_up(),
    missing: m.consult_follow_up_missing(),
    options: [
      { value: 'none', label: m.consult_follow_up_none() },
      { value: 'regular', label: m.consult_follow_up_regular() },
      { value: 'conditional', label: m.consult_follow_up_conditional() },
    ],
  },
  {
    kind: 'number',
    name: 'everyDays',
    label: m.consult_follow_up_days(),
    missing: m.consult_follow_up_days_missing(),
    min: 1,
    max: 365,
    unit: m.consult_unit_days(),
    when: (values) => values['followUp'] === 'regular',
  },
  {
    kind: 'line',
    name: 'followUpWhen',
    label: m.consult_follow_up_when(),
    missing: m.consult_follow_up_when_missing(),
    max: 500,
    when: (values) => values['followUp'] === 'conditional',
  },
  {
    kind: 'date-time',
    name: 'followUpDue',
    label: m.consult_follow_up_due(),
    optional: true,
    when: (values) => values['followUp'] === 'conditional',
  },
];

function followUpOf(values: Readonly<Record<string, string>>, { toInstant }: ActContext): unknown {
  switch (values['followUp']) {
    case 'regular':
      return { kind: 'regular', everyDays: number(values, 'everyDays', 365) };
    case 'conditional':
      return {
        kind: 'conditional',
        when: text(values, 'followUpWhen'),
        dueAt: text(values, 'followUpDue') === '' ? null : toInstant(text(values, 'followUpDue')),
      };
    default:
      return { kind: values['followUp'] };
  }
}

const withReason = (title: string, save: string, about?: string): ActForm => ({
  title,
  save,
  danger: true,
  ...(about === undefined ? {} : { about }),
  fields: [reasonField()],
  body: ({ values }) => ({ reason: text(values, 'reason') }),
});

const withText = (
  title: string,
  save: string,
  label: string,
  missing: string,
  name: string,
  max: number,
): ActForm => ({
  title,
  save,
  fields: [{ kind: 'text', name, label, missing, max }],
  body: ({ values }) => ({ [name]: text(values, name) }),
});

/** The form of an act. Answers anew each time, so that its words are in the language of the moment. */
export function formOf(act: FormAct, context: ActContext): ActForm {
  switch (act) {
    case 'acknowledged':
      return {
        title: m.consult_act_acknowledged(),
        save: m.consult_act_acknowledged(),
        fields: promiseFields,
        body: ({ values }) => ({
          promiseMinutes: promised(values),
          assignSelf: values['assignSelf'] !== 'no',
        }),
      };
    case 'promise-changed':
      return {
        title: m.consult_act_promise_changed(),
        save: m.consult_save_promise(),
        fields: promiseFields,
        body: ({ values }) => ({ promiseMinutes: promised(values) }),
      };
    case 'assigned':
      return {
        title: m.consult_act_assigned(),
        save: m.consult_save_assigned(),
        initial: { acknowledges: 'yes' },
        fields: [
          {
            kind: 'person',
            name: 'to',
            label: m.consult_field_doctor(),
            missing: m.consult_field_doctor_missing(),
          },
          {
            kind: 'choice',
            name: 'acknowledges',
            label: m.consult_field_acknowledges(),
            options: [
              { value: 'yes', label: m.consult_field_acknowledges_yes() },
              { value: 'no', label: m.consult_field_acknowledges_no() },
            ],
          },
        ],
        body: ({ values }) => ({ to: values['to'], acknowledges: values['acknowledges'] === 'yes' }),
      };
    case 'reassigned':
      return {
        title: m.consult_act_reassigned(),
        save: m.consult_save_assigned(),
        fields: [
          {
            kind: 'person',
            name: 'to',
            label: m.consult_field_doctor(),
            missing: m.consult_field_doctor_missing(),
          },
          {
            kind: 'text',
            name: 'reason',
            label: m.consult_field_reason(),
            optional: true,
            max: 1000,
            rows: 2,
          },
        ],
        body: ({ values }) => ({ to: values['to'], reason: text(values, 'reason') }),
      };
    case 'unassigned':
      return withReason(m.consult_act_unassigned(), m.consult_act_unassigned());
    case 'info-requested':
      return {
        ...withText(
          m.consult_act_info_requested(),
          m.consult_save_ask(),
          m.consult_field_ask(),
          m.consult_field_ask_missing(),
          'text',
          8000,
        ),
        about: m.consult_info_about(),
      };
    case 'info-provided':
      return withText(
        m.consult_act_info_provided(),
        m.consult_save_answer(),
        m.consult_field_info(),
        m.consult_field_info_missing(),
        'text',
        8000,
      );
    case 'resubmitted':
      return withText(
        m.consult_act_resubmitted(),
        m.consult_act_resubmitted(),
        m.consult_field_changes(),
        m.consult_field_changes_missing(),
        'changes',
        8000,
      );
    case 'urgency-changed':
      return {
        title: m.consult_act_urgency_changed(),
        save: m.consult_act_urgency_changed(),
        fields: [
          {
            kind: 'choice',
            name: 'to',
            label: m.compose_urgency(),
            missing: m.compose_fault_urgency(),
            options: urgencies.map((urgency) => ({ value: urgency, label: urgencyWord(urgency) })),
          },
          reasonField(),
        ],
        body: ({ values }) => ({ to: values['to'], reason: text(values, 'reason') }),
      };
    case 'cancelled':
      return withReason(m.consult_act_cancelled(), m.consult_act_cancelled(), m.consult_cancel_about());
    case 'reopened':
      return { ...withReason(m.consult_act_reopened(), m.consult_act_reopened()), danger: false };
    case 'force-closed':
      return withReason(m.consult_act_force_closed(), m.consult_act_force_closed());
    case 'follow-up-ended':
      return {
        ...withReason(m.consult_act_follow_up_ended(), m.consult_act_follow_up_ended()),
        danger: false,
      };
    case 'rang':
      return {
        title: m.alerts_rang_title(),
        save: m.alerts_rang_save(),
        initial: { whom: context.whom },
        fields: [
          {
            kind: 'line',
            name: 'whom',
            label: m.alerts_rang_whom(),
            missing: m.alerts_rang_whom_missing(),
            max: 120,
          },
          {
            kind: 'line',
            name: 'outcome',
            label: m.alerts_rang_outcome(),
            hint: m.alerts_rang_outcome_hint(),
            missing: m.alerts_rang_outcome_missing(),
            max: 500,
          },
        ],
        body: ({ values }) => ({ whom: text(values, 'whom'), outcome: text(values, 'outcome') }),
      };
    case 'redirected':
      return {
        title: m.consult_act_redirected(),
        save: m.consult_save_redirected(),
        about: m.consult_redirect_about(),
        fields: [
          {
            kind: 'department',
            name: 'department',
            label: m.consult_field_department(),
            missing: m.consult_field_department_missing(),
          },
          reasonField(),
        ],
        body: ({ values }) => ({ department: values['department'], reason: text(values, 'reason') }),
      };
    case 'declined':
      return {
        title: m.consult_act_declined(),
        save: m.consult_save_declined(),
        about: m.consult_decline_about(),
        danger: true,
        fields: [
          {
            kind: 'choice',
            name: 'way',
            label: m.consult_way(),
            missing: m.consult_way_missing(),
            options: [
              { value: 'advice-given', label: m.consult_way_advice() },
              { value: 'agreed-by-phone', label: m.consult_way_phone() },
              { value: 'other-department', label: m.consult_way_department() },
            ],
          },
          {
            kind: 'text',
            name: 'advice',
            label: m.consult_way_advice_text(),
            missing: m.consult_way_advice_missing(),
            max: 4000,
            when: (values) => values['way'] === 'advice-given',
          },
          {
            kind: 'line',
            name: 'with',
            label: m.consult_way_with(),
            missing: m.consult_way_with_missing(),
            max: 120,
            when: (values) => values['way'] === 'agreed-by-phone',
          },
          {
            kind: 'department',
            name: 'department',
            label: m.consult_field_department(),
            missing: m.consult_field_department_missing(),
            when: (values) => values['way'] === 'other-department',
          },
          reasonField(),
        ],
        body: ({ values }) => ({
          wayForward:
            values['way'] === 'advice-given'
              ? { way: 'advice-given', advice: text(values, 'advice') }
              : values['way'] === 'agreed-by-phone'
                ? { way: 'agreed-by-phone', with: text(values, 'with') }
                : { way: values['way'], department: values['department'] },
          reason: text(values, 'reason'),
        }),
      };
    case 'completed':
      return {
        title: m.consult_act_completed(),
        save: m.consult_save_completed(),
        initial: { answers: 'question', followUp: 'none' },
        fields: [
          {
            kind: 'text',
            name: 'findings',
            label: m.consult_findings(),
            hint: m.consult_findings_hint(),
            missing: m.consult_findings_missing(),
            max: 8000,
          },
          { kind: 'recommendations', name: 'recommendations', label: m.consult_recommendations() },
          {
            kind: 'choice',
            name: 'answers',
            label: m.consult_answers(),
            options: [
              { value: 'question', label: m.consult_answers_question() },
              { value: 'changed-question', label: m.consult_answers_changed() },
            ],
          },
          {
            kind: 'text',
            name: 'because',
            label: m.consult_answers_because(),
            missing: m.consult_answers_because_missing(),
            max: 1000,
            rows: 2,
            when: (values) => values['answers'] === 'changed-question',
          },
          ...followUpFields,
        ],
        body: ({ values, recommendations }) => ({
          answers:
            values['answers'] === 'changed-question'
              ? { kind: 'changed-question', because: text(values, 'because') }
              : { kind: 'question' },
          findings: text(values, 'findings'),
          recommendations: recommendations
            .filter((each) => each.text.trim() !== '')
            .map((each) => ({
              id: each.id,
              text: each.text.trim(),
              dose: each.dose.trim(),
              duration: each.duration.trim(),
              stopOn: each.stopOn === '' ? null : each.stopOn,
            })),
          followUp: followUpOf(values, context),
        }),
      };
    case 'follow-up-recorded':
      return {
        title: m.consult_act_follow_up_recorded(),
        save: m.consult_save_follow_up(),
        fields: [
          {
            kind: 'text',
            name: 'findings',
            label: m.consult_findings(),
            missing: m.consult_field_note_missing(),
            max: 8000,
          },
          ...followUpFields,
        ],
        body: ({ values }) => ({ findings: text(values, 'findings'), next: followUpOf(values, context) }),
      };
    case 'note-added':
      return {
        title: m.consult_act_note_added(),
        save: m.consult_save_note(),
        initial: { kind: 'progress' },
        fields: [
          {
            kind: 'choice',
            name: 'kind',
            label: m.consult_note_kind(),
            options: [
              { value: 'progress', label: m.consult_note_progress() },
              { value: 'assessment', label: m.consult_note_assessment() },
              { value: 'plan', label: m.consult_note_plan() },
              { value: 'recommendation', label: m.consult_note_recommendation() },
            ],
          },
          {
            kind: 'text',
            name: 'text',
            label: m.consult_field_note(),
            missing: m.consult_field_note_missing(),
            max: 8000,
          },
        ],
        body: ({ values }) => ({ kind: values['kind'], text: text(values, 'text') }),
      };
    case 'message-posted':
      return withText(
        m.consult_act_message_posted(),
        m.consult_save_message(),
        m.consult_field_message(),
        m.consult_field_message_missing(),
        'text',
        2000,
      );
    case 'joined':
      return {
        title: m.compose_join_title(),
        about: m.compose_join_about(),
        save: m.compose_join_save(),
        fields: [
          {
            kind: 'text',
            name: 'reason',
            label: m.compose_join_reason(),
            missing: m.compose_join_reason_missing(),
            max: 1000,
          },
        ],
        body: ({ values }) => ({ department: context.ownDepartment, reason: text(values, 'reason') }),
      };
    case 'corrected':
      return {
        title: m.consult_act_corrected(),
        about: m.consult_correct_about(),
        save: m.consult_save_corrected(),
        fields: [
          {
            kind: 'text',
            name: 'text',
            label: m.consult_field_corrected(),
            missing: m.consult_field_corrected_missing(),
            max: 8000,
          },
        ],
        body: ({ values }) => ({ of: context.of, text: text(values, 'text') }),
      };
    case 'entered-in-error':
      return {
        title: m.consult_act_in_error(),
        about: m.consult_in_error_about(),
        save: m.consult_save_in_error(),
        danger: true,
        fields: [reasonField()],
        body: ({ values }) => ({ of: context.of, reason: text(values, 'reason') }),
      };
  }
}

/** The verb on the button that begins an act. */
export function actWord(act: AuthoredConsultType): string {
  switch (act) {
    case 'seen':
      return m.consult_act_seen();
    case 'closed':
      return m.consult_act_closed();
    case 'hand-over-confirmed':
      return m.consult_act_hand_over();
    case 'rang':
      return m.alerts_alarm_rang();
    case 'joined':
      return m.compose_join_title();
    case 'submitted':
    case 'opened':
    case 'attachment-added':
    case 'recommendation-marked':
      return '';
    default:
      return formOf(act, { ownDepartment: null, of: null, toInstant: () => null, whom: '' }).title;
  }
}
