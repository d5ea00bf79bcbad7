import { m } from '$lib/paraglide/messages.js';
import type { FormAct, MakeForm } from './act-form.ts';
import { followUpFields, followUpOf } from './follow-up-fields.ts';
import { reasonField, withReason, withText } from './plain-forms.ts';
import { promised, promiseFields } from './promise.ts';
import { text } from './typed.ts';

/** Acts of the side that is asked. */
export const receivingForms = {
  acknowledged: () => ({
    title: m.consult_act_acknowledged(),
    save: m.consult_act_acknowledged(),
    fields: promiseFields(),
    body: ({ values }) => ({
      promiseMinutes: promised(values),
      assignSelf: values['assignSelf'] !== 'no',
    }),
  }),
  'promise-changed': () => ({
    title: m.consult_act_promise_changed(),
    save: m.consult_save_promise(),
    fields: promiseFields(),
    body: ({ values }) => ({ promiseMinutes: promised(values) }),
  }),
  assigned: () => ({
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
  }),
  reassigned: () => ({
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
  }),
  unassigned: () => withReason(m.consult_act_unassigned(), m.consult_act_unassigned()),
  'info-requested': () => ({
    ...withText(
      m.consult_act_info_requested(),
      m.consult_save_ask(),
      m.consult_field_ask(),
      m.consult_field_ask_missing(),
      'text',
      8000,
    ),
    about: m.consult_info_about(),
  }),
  redirected: () => ({
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
  }),
  declined: () => ({
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
  }),
  completed: (context) => ({
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
      ...followUpFields(),
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
  }),
  'follow-up-recorded': (context) => ({
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
      ...followUpFields(),
    ],
    body: ({ values }) => ({ findings: text(values, 'findings'), next: followUpOf(values, context) }),
  }),
  'follow-up-ended': () => ({
    ...withReason(m.consult_act_follow_up_ended(), m.consult_act_follow_up_ended()),
    danger: false,
  }),
} satisfies Partial<Record<FormAct, MakeForm>>;
