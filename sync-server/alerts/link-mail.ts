import type { Logger } from 'pino';
import type { LinkPurpose } from '#shared/alert/words/vocabulary.ts';
import { linkMailWordsIn, wordsIn } from '#shared/alert/words/words.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Language } from '#shared/lib/language.ts';
import { mailPage } from './mail-page.ts';
import { createMailTransport } from './mail-transport.ts';
import type { MailConfig } from './outside-config.ts';

export interface LinkMail {
  /** False: the mail server did not take it. */
  readonly send: (entry: {
    /** Whose language it is written in. */
    readonly person: PersonId;
    readonly to: string;
    readonly address: string;
    readonly purpose: LinkPurpose;
    readonly endsAt: Instant;
  }) => Promise<boolean>;
  close(): void;
}

const localeOf: Readonly<Record<Language, string>> = { en: 'en-GB', ur: 'ur-PK' };

/** One-time links by mail. The address is a credential until it is used: it stands in the mail and nowhere else. */
export function createLinkMail(deps: {
  readonly config: MailConfig;
  readonly organisation: () => Organisation | null;
  readonly languageOf: (person: PersonId) => Promise<Language>;
  readonly logger: Logger;
}): LinkMail {
  const { config, logger, organisation, languageOf } = deps;
  const transport = createMailTransport(config);
  return {
    async send({ person, to, address, purpose, endsAt }) {
      const language = await languageOf(person);
      const words = linkMailWordsIn(language, purpose);
      const moment = new Intl.DateTimeFormat(localeOf[language], {
        timeZone: organisation()?.timeZone ?? 'UTC',
        dateStyle: 'long',
        timeStyle: 'short',
        hourCycle: 'h23',
      }).format(new Date(endsAt));
      const title = organisation()?.name ?? wordsIn(language).product;
      const foot = [words.until(moment), words.unexpected];
      try {
        await transport.sendMail({
          from: config.from,
          to: { name: '', address: to },
          subject: words.subject,
          text: `${[title, words.why, address, ...foot].join('\n\n')}\n`,
          html: mailPage({
            language,
            title,
            lines: [words.why],
            link: { href: address, words: words.link },
            foot,
          }),
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
