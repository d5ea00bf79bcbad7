import { urgencies } from '#shared/consult/vocabulary.ts';
import { urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { FormAct, MakeForm } from './act-form.ts';
import { reasonField, withReason, withText } from './plain-forms.ts';
import { text } from './typed.ts';

/** Acts of the side that asks. */
export const requestingForms = {
  'info-provided': () =>
    withText(
      m.consult_act_info_provided(),
      m.consult_save_answer(),
      m.consult_field_info(),
      m.consult_field_info_missing(),
      'text',
      8000,
    ),
  resubmitted: () =>
    withText(
      m.consult_act_resubmitted(),
      m.consult_act_resubmitted(),
      m.consult_field_changes(),
      m.consult_field_changes_missing(),
      'changes',
      8000,
    ),
  'urgency-changed': () => ({
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
  }),
  cancelled: () => withReason(m.consult_act_cancelled(), m.consult_act_cancelled(), m.consult_cancel_about()),
  reopened: () => ({ ...withReason(m.consult_act_reopened(), m.consult_act_reopened()), danger: false }),
  rang: (context) => ({
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
  }),
} satisfies Partial<Record<FormAct, MakeForm>>;
