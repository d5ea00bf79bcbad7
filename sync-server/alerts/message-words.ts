import { lineOf as lineIn, titleOf as titleIn } from '#shared/alert/words/words.ts';
import type { AlertMessage } from './channel.ts';

/** Urgency and receiving department, such as "EMERGENCY · Cardiology", in the recipient's language. */
export const titleOf = (message: AlertMessage): string => titleIn(message, message.language);

/** Reason, reference and how many more there are, in the recipient's language. */
export const lineOf = (message: AlertMessage): string =>
  lineIn({ ...message, others: message.alerts.length - 1 }, message.language);
