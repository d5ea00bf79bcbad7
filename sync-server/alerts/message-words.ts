import type { AlertKind } from '#shared/alert/alert.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { AlertMessage } from './channel.ts';

const urgencyWords: Readonly<Record<Urgency, string>> = {
  emergency: 'EMERGENCY',
  urgent: 'Urgent',
  routine: 'Routine',
};

const aboutWords: Readonly<Record<AlertKind, string>> = {
  'new-consult': 'New consult waiting',
  assigned: 'Consult assigned to you',
  reassigned: 'Consult handed to you',
  'reassigned-away': 'A colleague has the consult now',
  acknowledged: 'Your consult was acknowledged',
  note: 'New note on a consult',
  message: 'New message on a consult',
  'info-requested': 'Information is asked of you',
  'info-provided': 'The information you asked for came',
  redirected: 'Consult passed to another department',
  declined: 'Consult declined',
  completed: 'Consult answered',
  closed: 'Consult closed',
  reopened: 'Consult opened again',
  cancelled: 'Consult cancelled: please stand down',
  'due-soon': 'Consult due soon',
  breached: 'Consult overdue',
  escalated: 'Consult escalated to you',
  'follow-up-due': 'Follow-up due',
  'hand-over': 'Consult offered at hand-over',
  'rota-changed': 'The rota has changed for you',
  'rota-gap': 'Nobody is on call: gap in the rota',
  unreachable: 'Somebody on call cannot be reached',
  test: 'Test alert: nothing to do',
  'swap-asked': 'A colleague asks to swap a turn with you',
  'swap-declined': 'Your request to swap a turn was declined',
  'access-requested': 'Somebody asks for access',
};

/** As our own worker names them: which of the two shows a notification is the browser's choice. */
export const buttonWords = { acknowledge: 'I’m coming', open: 'Open' } as const;

export const aboutWord = (about: AlertKind): string => aboutWords[about];

/** Urgency and receiving department, such as "EMERGENCY · Cardiology". */
export const titleOf = ({
  about,
  urgency,
  departmentName,
}: Pick<AlertMessage, 'about' | 'urgency' | 'departmentName'>): string =>
  [about === 'test' ? 'Test' : urgencyWords[urgency], departmentName]
    .filter((part) => part !== '')
    .join(' · ');

/** One line of reason, reference and how many more there are. */
export function lineOf({ about, reference, alerts }: AlertMessage): string {
  const others = alerts.length - 1;
  return [
    aboutWords[about],
    reference === null ? '' : ` (${reference})`,
    others === 0 ? '' : `, and ${String(others)} more`,
  ].join('');
}
