import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLinkMail } from '#server/alerts/link-mail.ts';
import { linkMailWordsIn } from '#shared/alert/words/words.ts';
import { instant } from '#shared/lib/instant.ts';
import { directionOf, languages } from '#shared/lib/language.ts';
import { startMailServer, type MailServer } from '#tests/alert-counterparts/mail-server.ts';
import { hospital, people } from '#tests/builders.ts';

const address = 'https://consult.hospital.test/invitation?x=1&y=2#token-0123456789';
const endsAt = instant('2026-03-05T09:30:00.000Z');

describe('PEO-4 PEO-6 one-time links by mail', () => {
  let server: MailServer;
  beforeEach(async () => {
    server = await startMailServer();
  });
  afterEach(() => server.close());

  const rows = languages.flatMap((language) =>
    (['invitation', 'reset'] as const).map((purpose) => [language, purpose] as const),
  );
  it.each(rows)(
    'UX-3 in %s, %s: text and page say the same, and the subject is encoded',
    async (language, purpose) => {
      const { organisation } = hospital();
      const mail = createLinkMail({
        config: { url: server.url, from: 'Consults <consults@hospital.test>' },
        organisation: () => organisation,
        languageOf: (person) => Promise.resolve(person === people.head.id ? language : 'en'),
        logger: pino({ level: 'silent' }),
      });
      const sent = await mail.send({
        person: people.head.id,
        to: 'head@hospital.test',
        address,
        purpose,
        endsAt,
      });
      mail.close();
      expect(sent).toBe(true);
      const [letter] = server.received;
      const words = linkMailWordsIn(language, purpose);
      expect(letter?.subject).toBe(words.subject);
      // Nothing but ASCII goes over the line.
      expect(letter?.raw).not.toMatch(/[^\s -~]/);
      for (const said of [words.why, words.unexpected, organisation?.name ?? '']) {
        expect(letter?.text).toContain(said);
        expect(letter?.html).toContain(said);
      }
      expect(letter?.text.split(/\r?\n/)).toContain(address);
      expect(letter?.html).toContain(`<html lang="${language}" dir="${directionOf(language)}">`);
      expect(letter?.html).toContain(
        'href="https://consult.hospital.test/invitation?x=1&#38;y=2#token-0123456789"',
      );
      // 14:30 in Karachi, in the hospital's own zone and in the reader's own words.
      expect(letter?.text).toMatch(language === 'ur' ? /2026[^A-Za-z]*14:30/ : /5 March 2026 at 14:30/);
      if (language === 'ur')
        expect(letter?.text.replace(address, '').replace(organisation?.name ?? '', '')).not.toMatch(
          /[A-Za-z]/,
        );
    },
  );
});
