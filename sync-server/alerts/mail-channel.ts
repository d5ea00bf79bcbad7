import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { PersonId } from '#shared/lib/id.ts';
import {
  failed,
  type AlertAddress,
  type AlertChannel,
  type AlertMessage,
  type SendOutcome,
} from './channel.ts';
import { createMailTransport } from './mail-transport.ts';
import { lineOf, titleOf } from './message-words.ts';
import type { MailConfig } from './outside-config.ts';

/** Refusals of the mailbox, RFC 3463 class 5.1 and its old codes: it does not exist or has moved. */
const deadMailboxCodes: ReadonlySet<number> = new Set([550, 551, 553]);

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

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
  const title = titleOf(message);
  const line = lineOf(message);
  const link = new URL(message.open, publicOrigin).href;
  const foot =
    'This mail holds no patient data. Please do not answer it: what is to be done is done in the app.';
  return {
    subject: `${title}: ${line}`,
    text: `${title}\n\n${line}\n\nOpen: ${link}\n\n${foot}\n`,
    html: [
      '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>',
      '<body style="font-family:sans-serif;font-size:16px;line-height:1.5">',
      `<h1 style="font-size:20px;margin:0 0 8px">${escaped(title)}</h1>`,
      `<p style="margin:0 0 16px">${escaped(line)}</p>`,
      `<p style="margin:0 0 24px"><a href="${escaped(link)}">Open in Hospital Consult</a></p>`,
      `<p style="margin:0;color:#555;font-size:13px">${escaped(foot)}</p>`,
      '</body></html>',
    ].join(''),
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
