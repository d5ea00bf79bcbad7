import type { Logger } from 'pino';
import type { Organisation } from '#shared/directory/organisation.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { createMailTransport } from './mail-transport.ts';
import type { MailConfig } from './outside-config.ts';

export interface LinkMail {
  /** False: the mail server did not take it. */
  readonly send: (entry: {
    readonly to: string;
    readonly address: string;
    readonly purpose: 'invitation' | 'reset';
    readonly endsAt: Instant;
  }) => Promise<boolean>;
  close(): void;
}

const subjects = {
  invitation: 'Your invitation to Hospital Consult',
  reset: 'Set a new password for Hospital Consult',
} as const;

/** One-time links by mail. The address is a credential until it is used: it stands in the mail and nowhere else. */
export function createLinkMail(deps: {
  readonly config: MailConfig;
  readonly organisation: () => Organisation | null;
  readonly logger: Logger;
}): LinkMail {
  const { config, logger, organisation } = deps;
  const transport = createMailTransport(config);
  return {
    async send({ to, address, purpose, endsAt }) {
      const timeZone = organisation()?.timeZone ?? 'UTC';
      const until = new Intl.DateTimeFormat('en-GB', {
        timeZone,
        dateStyle: 'long',
        timeStyle: 'short',
      }).format(new Date(endsAt));
      const text = [
        organisation()?.name ?? 'Hospital Consult',
        purpose === 'invitation'
          ? 'You have been invited to Hospital Consult. Open this link to choose your password:'
          : 'Somebody who manages staff asked for a new password for you. Open this link to choose it:',
        address,
        `The link works once, until ${until}. Pass it on to nobody.`,
        'If you did not expect this mail, tell whoever manages staff in your hospital.',
      ].join('\n\n');
      try {
        await transport.sendMail({
          from: config.from,
          to: { name: '', address: to },
          subject: subjects[purpose],
          text: `${text}\n`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return true;
      } catch (cause) {
        // Not the error itself: it names the mailbox.
        const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
        logger.warn({ code, purpose }, 'a mail with a link was not taken');
        return false;
      }
    },
    close: () => {
      transport.close();
    },
  };
}
