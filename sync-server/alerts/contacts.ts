import { z } from 'zod';
import {
  alertPreferencesSchema,
  defaultAlertPreferences,
  type AlertPreferences,
} from '#shared/alert/preferences.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';

/** Document `alert-contact:<person>`: how somebody wants to be alerted, and a number that is nobody else's business. */
const contactSchema = z.object({
  kind: z.literal('alert-contact'),
  person: personIdSchema,
  preferences: alertPreferencesSchema,
  mobile: z.string().nullable(),
  changedAt: instantSchema,
});

export interface Contact {
  readonly preferences: AlertPreferences;
  /** In international form; null: none on record. */
  readonly mobile: string | null;
}

/** Wishes and private numbers, kept in `accounts`: no tablet ever reads them. */
export interface Contacts {
  /** The defaults for somebody who chose nothing yet. */
  of(person: PersonId): Promise<Contact>;
  put(person: PersonId, contact: Contact, at: Instant): Promise<void>;
}

const contactId = (person: PersonId): string => `alert-contact:${person}`;

export function createContacts(accounts: Database): Contacts {
  return {
    async of(person) {
      const parsed = contactSchema.safeParse((await accounts.get(contactId(person)))?.body);
      return parsed.success ? parsed.data : { preferences: defaultAlertPreferences, mobile: null };
    },
    async put(person, { preferences, mobile }, at) {
      await changeDocument(accounts, contactId(person), () => ({
        kind: 'alert-contact',
        person,
        preferences,
        mobile,
        changedAt: at,
      }));
    },
  };
}
