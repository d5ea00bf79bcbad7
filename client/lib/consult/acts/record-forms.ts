import { m } from '$lib/paraglide/messages.js';
import type { FormAct, MakeForm } from './act-form.ts';
import { reasonField, withReason, withText } from './plain-forms.ts';
import { text } from './typed.ts';

/** Acts of either side on the record, and of those who manage it. */
export const recordForms = {
  'note-added': () => ({
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
  }),
  'message-posted': () =>
    withText(
      m.consult_act_message_posted(),
      m.consult_save_message(),
      m.consult_field_message(),
      m.consult_field_message_missing(),
      'text',
      2000,
    ),
  joined: (context) => ({
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
  }),
  corrected: (context) => ({
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
  }),
  'entered-in-error': (context) => ({
    title: m.consult_act_in_error(),
    about: m.consult_in_error_about(),
    save: m.consult_save_in_error(),
    danger: true,
    fields: [reasonField()],
    body: ({ values }) => ({ of: context.of, reason: text(values, 'reason') }),
  }),
  'force-closed': () => withReason(m.consult_act_force_closed(), m.consult_act_force_closed()),
} satisfies Partial<Record<FormAct, MakeForm>>;
