import { z } from 'zod';
import {
  alertPreferencesSchema,
  defaultAlertPreferences,
  type AlertPreferences,
} from '#shared/alert/preferences.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { hospitalLanguage, languageSchema, type Language } from '#shared/lib/language.ts';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';

/** Document `alert-contact:<person>`: how somebody wants to be alerted, and a number that is nobody else's business. */
const contactSchema = z.object({
  kind: z.literal('alert-contact'),
  person: personIdSchema,
  preferences: alertPreferencesSchema,
  mobile: z.string().nullable(),
  /** Absent: nobody chose yet. One that only a newer server knows counts as not chosen. */
  language: languageSchema.nullable().default(null).catch(null),
  changedAt: instantSchema,
});

export interface Contact {
  readonly preferences: AlertPreferences;
  /** In international form; null: none on record. */
  readonly mobile: string | null;
  /** In which alerts and mails are written; null: not chosen, so as the hospital. */
  readonly language: Language | null;
}

/** Wishes and private numbers, kept in `accounts`: no tablet ever reads them. */
export interface Contacts {
  /** The defaults for somebody who chose nothing yet. */
  of(person: PersonId): Promise<Contact>;
  /** What the person wishes; their language stays as it is. */
  put(
    person: PersonId,
    contact: Pick<Contact, 'preferences' | 'mobile'>,
    at: Instant,
    by?: AuditedBy,
  ): Promise<void>;
  putLanguage(person: PersonId, language: Language | null, at: Instant, by?: AuditedBy): Promise<void>;
  /** An administrator's change of the number alone: what the person wishes stays as it is. */
  putMobile(person: PersonId, mobile: string | null, at: Instant, by: AuditedBy): Promise<void>;
  /** Numbers in the order asked. */
  mobilesOf(people: readonly PersonId[]): Promise<(string | null)[]>;
}

/** In which language somebody is written to: their own, else the hospital's. */
export const createLanguageOf =
  (contacts: Pick<Contacts, 'of'>, organisation: () => Organisation | null) =>
  async (person: PersonId): Promise<Language> =>
    (await contacts.of(person)).language ?? hospitalLanguage(organisation());

const contactId = (person: PersonId): string => `alert-contact:${person}`;

export function createContacts(accounts: Database): Contacts {
  const nothingChosen: Contact = {
    preferences: defaultAlertPreferences,
    mobile: null,
    language: null,
  };
  const contactOf = (stored: StoredDocument | null): Contact => {
    const parsed = contactSchema.safeParse(stored?.body);
    return parsed.success ? parsed.data : nothingChosen;
  };
  async function change(
    person: PersonId,
    at: Instant,
    by: AuditedBy | undefined,
    next: (held: Contact) => Contact,
  ): Promise<void> {
    await changeDocument(accounts, contactId(person), (held) => {
      const { preferences, mobile, language } = next(contactOf(held));
      return audited(
        { kind: 'alert-contact', person, preferences, mobile, language, changedAt: at },
        by,
        held?.body ?? null,
      );
    });
  }
  return {
    of: async (person) => contactOf(await accounts.get(contactId(person))),
    put: (person, contact, at, by) => change(person, at, by, (held) => ({ ...held, ...contact })),
    putLanguage: (person, language, at, by) => change(person, at, by, (held) => ({ ...held, language })),
    putMobile: (person, mobile, at, by) => change(person, at, by, (held) => ({ ...held, mobile })),
    mobilesOf: async (people) =>
      (await accounts.getMany(people.map(contactId))).map((stored) => contactOf(stored).mobile),
  };
}
