import type { AuthoredConsultType } from '#shared/consult/events.ts';
import { m } from '$lib/paraglide/messages.js';
import type { ActContext, ActForm, FormAct, MakeForm } from './act-form.ts';
import { receivingForms } from './receiving-forms.ts';
import { recordForms } from './record-forms.ts';
import { requestingForms } from './requesting-forms.ts';

const forms: Readonly<Record<FormAct, MakeForm>> = { ...requestingForms, ...receivingForms, ...recordForms };

/** The form of an act. */
export const formOf = (act: FormAct, context: ActContext): ActForm => forms[act](context);

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
