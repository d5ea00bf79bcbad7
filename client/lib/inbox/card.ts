import type { Alert } from '#shared/alert/alert.ts';
import { deliveryFacts } from '#shared/consult/delivery.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { deliveryView, type DeliveryView } from '$lib/consult/delivery-view.ts';
import { statusWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import type { ListName } from './lists.ts';

/** All a card says but the time that is left, in words: plain data, so that it can be kept for the next start. */
export interface CardWords {
  readonly id: string;
  readonly urgency: Urgency;
  readonly name: string;
  readonly ward: string;
  readonly bed: string;
  readonly question: string;
  /** Who asks; in the list of what one sent, who is asked. */
  readonly department: string;
  readonly holder: string;
  /** Nobody has it. */
  readonly isNobodys: boolean;
  readonly status: string;
  /** Another department's by now; null: it is still where this list shows it. */
  readonly passedTo: string | null;
  /** The mark of the newest thing that has not left this tablet, else of the request. */
  readonly delivery: DeliveryView | null;
}

type Known = Pick<Workspace, 'tablet' | 'patient' | 'nameOf' | 'departmentName' | 'times' | 'myDepartments'>;

function holderOf(consult: Consult, list: ListName, work: Known): string {
  const { assignee, status } = consult;
  if (assignee === null) return list === 'sent' ? statusWord(status) : m.inbox_nobody_yet();
  const isMine = assignee === work.tablet.person;
  // Given by a rule is not taken: nobody has said yet that they are coming.
  if (status === 'submitted')
    return isMine ? m.inbox_given_to_you() : m.inbox_given_to({ name: work.nameOf(assignee) });
  return isMine ? m.inbox_you_have_it() : work.nameOf(assignee);
}

function passedTo(consult: Consult, list: ListName, work: Known): string | null {
  if (list !== 'department' || work.myDepartments.includes(consult.receivingDepartment)) return null;
  return m.inbox_to({ name: work.departmentName(consult.receivingDepartment) });
}

function deliveryIn(consult: Consult, alerts: readonly Alert[], work: Known): DeliveryView | null {
  const unsent = consult.timeline.findLast(
    ({ event }) => event.n === undefined && event.type !== 'opened',
  )?.event;
  const event = unsent ?? consult.timeline.find(({ event: each }) => each.type === 'submitted')?.event;
  if (event === undefined) return null;
  return deliveryView({
    event,
    delivery: work.tablet.deliveryOf(event),
    consult,
    alerts,
    facts: deliveryFacts,
    nameOf: (person) => work.nameOf(person),
    times: work.times,
  });
}

/** `alerts`: those about this consult. */
export function cardOf(consult: Consult, list: ListName, alerts: readonly Alert[], work: Known): CardWords {
  const patient = work.patient(consult.patient)?.content ?? consult.content.patientAsWas;
  return {
    id: consult.id,
    urgency: consult.urgency,
    name: patient.name,
    ward: patient.ward,
    bed: patient.bed,
    question: consult.content.question,
    department:
      list === 'sent'
        ? m.inbox_to({ name: work.departmentName(consult.receivingDepartment) })
        : work.departmentName(consult.requestingDepartment),
    holder: holderOf(consult, list, work),
    isNobodys: consult.assignee === null && list !== 'sent',
    status: statusWord(consult.status),
    passedTo: passedTo(consult, list, work),
    delivery: deliveryIn(consult, alerts, work),
  };
}
