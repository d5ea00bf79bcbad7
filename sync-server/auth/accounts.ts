import { createHash } from 'node:crypto';
import { z } from 'zod';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

/** What a person signs in with. Document `account:<person>`; the person's public part is in the directory. */
const accountSchema = z.looseObject({
  kind: z.literal('account'),
  person: personIdSchema,
  email: z.string(),
  /** null: invited and not yet here. */
  passwordHash: z.string().nullable(),
  mustChangePassword: z.boolean(),
  /** Sessions begun under a smaller number have ended: raised by "sign out everywhere" and by every new password. */
  sessionGeneration: z.int().min(0),
  createdAt: instantSchema,
  passwordChangedAt: instantSchema.nullable(),
});
export type Account = z.infer<typeof accountSchema>;

/** Document `email:<sha256>`: one address, one person, decided by the store. */
const emailClaimSchema = z.looseObject({ kind: z.literal('email'), person: personIdSchema });

export type CreateAccountError = { readonly type: 'email-taken' } | { readonly type: 'account-exists' };

export interface Accounts {
  get(person: PersonId): Promise<Account | null>;
  byEmail(email: string): Promise<Account | null>;
  /** Without a password; repeating it with the same person and address changes nothing. */
  create(entry: {
    person: PersonId;
    email: string;
    at: Instant;
  }): Promise<Result<Account, CreateAccountError>>;
  /** Ends every session of the person. null: no such account. */
  setPassword(person: PersonId, passwordHash: string, at: Instant): Promise<Account | null>;
  /** Sign out everywhere. null: no such account. */
  endSessions(person: PersonId): Promise<Account | null>;
  /** After the next sign-in nothing else works until the password is changed. null: no such account. */
  requirePasswordChange(person: PersonId): Promise<Account | null>;
}

export const accountId = (person: PersonId): string => `account:${person}`;
const emailId = (email: string): string => `email:${createHash('sha256').update(email).digest('hex')}`;

export const parseAccount = (stored: StoredDocument | null): Account | null =>
  stored === null ? null : accountSchema.parse(stored.body);

const nobody = personIdSchema.parse('00000000-0000-4000-8000-000000000000');

/** `accounts`: e-mail addresses are expected as `emailSchema` makes them. */
export function createAccounts(database: Database): Accounts {
  const changeAccount = (person: PersonId, change: (account: Account) => Account): Promise<Account | null> =>
    changeDocument(database, accountId(person), (held) => {
      const account = parseAccount(held);
      return account === null ? null : change(account);
    });

  const get = async (person: PersonId): Promise<Account | null> =>
    parseAccount(await database.get(accountId(person)));

  return {
    get,
    async byEmail(email) {
      const claim = await database.get(emailId(email));
      // As many reads for nobody's address as for somebody's.
      const holder = claim === null ? nobody : emailClaimSchema.parse(claim.body).person;
      const account = await get(holder);
      return account?.email === email ? account : null;
    },
    async create({ person, email, at }) {
      let holder: PersonId = person;
      await changeDocument(database, emailId(email), (held) => {
        holder = held === null ? person : emailClaimSchema.parse(held.body).person;
        return held === null ? { kind: 'email', person, at } : null;
      });
      if (holder !== person) return err({ type: 'email-taken' });
      const made: Account = {
        kind: 'account',
        person,
        email,
        passwordHash: null,
        mustChangePassword: false,
        sessionGeneration: 0,
        createdAt: at,
        passwordChangedAt: null,
      };
      const written = await changeDocument(database, accountId(person), (held) =>
        held === null ? made : null,
      );
      const account = written ?? (await get(person)) ?? made;
      return account.email === email ? ok(account) : err({ type: 'account-exists' });
    },
    setPassword: (person, passwordHash, at) =>
      changeAccount(person, (account) => ({
        ...account,
        passwordHash,
        passwordChangedAt: at,
        mustChangePassword: false,
        sessionGeneration: account.sessionGeneration + 1,
      })),
    endSessions: (person) =>
      changeAccount(person, (account) => ({ ...account, sessionGeneration: account.sessionGeneration + 1 })),
    requirePasswordChange: (person) =>
      changeAccount(person, (account) => ({ ...account, mustChangePassword: true })),
  };
}
