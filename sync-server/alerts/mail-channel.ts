import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { wordsIn } from '#shared/alert/words/words.ts';
import type { PersonId } from '#shared/lib/id.ts';
import {
  failed,
  type AlertAddress,
  type AlertChannel,
  type AlertMessage,
  type SendOutcome,
} from './channel.ts';
import { mailPage } from './mail-page.ts';
import { createMailTransport } from './mail-transport.ts';
import { lineOf, titleOf } from './message-words.ts';
import type { MailConfig } from './outside-config.ts';

/** Refusals of the mailbox, RFC 3463 class 5.1 and its old codes: it does not exist or has moved. */
const deadMailboxCodes: ReadonlySet<number> = new Set([550, 551, 553]);

/** Fit for Message-ID and References: what is equal stays equal, and nothing can be read from it. */
const idOf = (text: string, domain: string): string =>
  `<${createHash('sha256').update(text).digest('hex').slice(0, 40)}@${domain}>`;

interface Written {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Subject and both bodies; no patient data beyond the reference, and nothing that could be answered by mail. */
export function mailOf(message: AlertMessage, publicOrigin: string): Written {
  const { language } = message;
  const { mail, open } = wordsIn(language);
  const title = titleOf(message);
  const line = lineOf(message);
  const href = new URL(message.open, publicOrigin).href;
  const link = { href, words: mail.openInApp };
  return {
    subject: `${title}: ${line}`,
    text: `${title}\n\n${line}\n\n${open}:\n${href}\n\n${mail.foot}\n`,
    html: mailPage({ language, title, lines: [line], link, foot: [mail.foot] }),
  };
}

function outcomeOfError(cause: unknown): SendOutcome {
  const code = cause instanceof Error && 'responseCode' in cause ? Number(cause.responseCode) : null;
  const stage = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code !== null && deadMailboxCodes.has(code) && stage === 'EENVELOPE') return { type: 'gone' };
  // A wrong password is mended by the administrator, perhaps within the hour; a message that is refused is not.
  return failed(code !== null && code >= 500 && stage !== 'EAUTH');
}

/** SMTP. A mail server takes a message for good (250), so nothing further is heard of it: e-mail proves no device. */
export function createMailChannel(deps: {
  readonly config: MailConfig;
  readonly publicOrigin: string;
  /** null: none on record. */
  readonly emailOf: (person: PersonId) => Promise<string | null>;
  readonly logger: Logger;
}): AlertChannel & { close(): void } {
  const { config, publicOrigin, logger } = deps;
  const transport = createMailTransport(config);
  const domain = new URL(publicOrigin).hostname;
  return {
    name: 'email',
    async addressesOf(person): Promise<AlertAddress[]> {
      const email = await deps.emailOf(person);
      return email === null ? [] : [{ device: null, to: email }];
    },
    async send({ to }, message) {
      if (message.type === 'stand-down') return { type: 'none' };
      const { subject, text, html } = mailOf(message, publicOrigin);
      try {
        await transport.sendMail({
          from: config.from,
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: idOf(message.idempotencyKey, domain),
          references: [idOf(message.tag, domain)],
          priority: message.urgency === 'routine' ? 'normal' : 'high',
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return { type: 'ok' };
      } catch (cause) {
        const outcome = outcomeOfError(cause);
        // Not the error itself: it names the mailbox.
        const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
        logger.warn({ code, outcome: outcome.type, about: message.about }, 'e-mail not taken');
        return outcome;
      }
    },
    close: () => {
      transport.close();
    },
  };
}
