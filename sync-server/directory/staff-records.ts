import type { Contacts } from '#server/alerts/contacts.ts';
import { emailOfAccount, type Account, type Accounts } from '#server/auth/accounts.ts';
import { isSame } from '#shared/administration/edit.ts';
import { fieldsOfPerson, type PrivateFields } from '#shared/administration/person-fields.ts';
import type { StaffRecord } from '#shared/administration/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { differingFields, type DirectoryRecords } from './directory-records.ts';

export interface StaffRecords {
  privateOf(person: PersonId): Promise<PrivateFields>;
  /** Those that are there, in the order asked. */
  of(people: readonly PersonId[], at: Instant): Promise<StaffRecord[]>;
}

const accountState = (account: Account | null): StaffRecord['account'] =>
  emailOfAccount(account) === null ? 'none' : account?.passwordHash === null ? 'invited' : 'ready';

/** People as administrators see them: the public document with what is kept beside it. */
export function createStaffRecords(deps: {
  readonly records: DirectoryRecords;
  readonly accounts: Pick<Accounts, 'get' | 'getMany'>;
  readonly contacts: Pick<Contacts, 'of' | 'mobilesOf'>;
}): StaffRecords {
  const { records, accounts, contacts } = deps;
  return {
    async privateOf(person) {
      const [account, contact] = await Promise.all([accounts.get(person), contacts.of(person)]);
      return { email: emailOfAccount(account), mobile: contact.mobile };
    },
    async of(people, at) {
      const [held, heldAccounts, mobiles] = await Promise.all([
        records.of('person', people),
        accounts.getMany(people),
        contacts.mobilesOf(people),
      ]);
      const place = new Map(people.map((person, index) => [person, index]));
      return held.map(({ document, lastChange, lost }): StaffRecord => {
        const index = place.get(document.id) ?? -1;
        const account = heldAccounts[index] ?? null;
        const kept = { email: emailOfAccount(account), mobile: mobiles[index] ?? null };
        const fields = fieldsOfPerson(document, kept, at);
        return {
          id: document.id,
          fields,
          active: document.active,
          account: accountState(account),
          lastChange,
          lostEdits: lost.map((one) => ({
            fields: differingFields(fields, fieldsOfPerson(one.document, kept, at), isSame),
            change: one.change,
          })),
        };
      });
    },
  };
}
