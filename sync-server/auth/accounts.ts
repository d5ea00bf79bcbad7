import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { createEmailClaims } from './email-claims.ts';

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

export type CreateAccountError = { readonly type: 'email-taken' } | { readonly type: 'account-exists' };

/** `by` goes into the audit with the very write; absent: the server's own doing, such as the demo's. */
export interface Accounts {
  get(person: PersonId): Promise<Account | null>;
  byEmail(email: string): Promise<Account | null>;
  /** Without a password; repeating it with the same person and address changes nothing. */
  create(entry: {
    person: PersonId;
    email: string;
    at: Instant;
    by?: AuditedBy | undefined;
  }): Promise<Result<Account, CreateAccountError>>;
  /** Ends every session of the person. null: no such account. */
  setPassword(person: PersonId, passwordHash: string, at: Instant, by?: AuditedBy): Promise<Account | null>;
  /** Sign out everywhere. null: no such account. */
  endSessions(person: PersonId, by?: AuditedBy): Promise<Account | null>;
  /** After the next sign-in nothing else works until the password is changed. null: no such account. */
  requirePasswordChange(person: PersonId, by?: AuditedBy): Promise<Account | null>;
  /** Sets an address aside for the person, before anything else is written; false: it is somebody else's. */
  reserveEmail(person: PersonId, email: string, at: Instant): Promise<boolean>;
  /** Gives back a reserved address that the account does not use. */
  giveBackEmail(person: PersonId, email: string): Promise<void>;
  /**
   * The person signs in with this address from now on; null: with none. Makes the account when there is none. The old address is free only after
   * the new one is taken: stopped at any point, the person has one of the two, and nobody else either while it is used.
   */
  changeEmail(entry: {
    person: PersonId;
    email: string | null;
    at: Instant;
    by?: AuditedBy | undefined;
  }): Promise<Result<Account | null, { readonly type: 'email-taken' }>>;
  /** In the order asked; null: no account. */
  getMany(people: readonly PersonId[]): Promise<(Account | null)[]>;
}

/** What an account without an address has for one: no address is spelled so. */
const noEmail = '';
/** null: the person has no address to sign in with. */
export const emailOfAccount = (account: Account | null): string | null =>
  account === null || account.email === noEmail ? null : account.email;

export const accountId = (person: PersonId): string => `account:${person}`;

export const parseAccount = (stored: StoredDocument | null): Account | null =>
  stored === null ? null : accountSchema.parse(stored.body);

const nobody = personIdSchema.parse('00000000-0000-4000-8000-000000000000');

/** `accounts`: e-mail addresses are expected as `emailSchema` makes them. */
export function createAccounts(database: Database): Accounts {
  async function changeAccount(
    person: PersonId,
    by: AuditedBy | undefined,
    change: (account: Account) => Account,
  ): Promise<Account | null> {
    let changed: Account | null = null;
    await changeDocument(database, accountId(person), (held) => {
      const account = parseAccount(held);
      changed = account === null ? null : change(account);
      return changed === null ? null : audited(changed, by, held?.body ?? null);
    });
    return changed;
  }

  const get = async (person: PersonId): Promise<Account | null> =>
    parseAccount(await database.get(accountId(person)));

  const claims = createEmailClaims(database, async (person, email) => (await get(person))?.email === email);
  const newAccount = (person: PersonId, email: string, at: Instant): Account => ({
    kind: 'account',
    person,
    email,
    passwordHash: null,
    mustChangePassword: false,
    sessionGeneration: 0,
    createdAt: at,
    passwordChangedAt: null,
  });

  return {
    get,
    async byEmail(email) {
      // As many reads for nobody's address as for somebody's.
      const account = await get((await claims.holderOf(email)) ?? nobody);
      return account?.email === email ? account : null;
    },
    async create({ person, email, at, by }) {
      if (!(await claims.take(person, email, at))) return err({ type: 'email-taken' });
      const made = newAccount(person, email, at);
      const written = await changeDocument(database, accountId(person), (held) =>
        held === null ? audited(made, by, null) : null,
      );
      const account = written !== null ? made : ((await get(person)) ?? made);
      return account.email === email ? ok(account) : err({ type: 'account-exists' });
    },
    setPassword: (person, passwordHash, at, by) =>
      changeAccount(person, by, (account) => ({
        ...account,
        passwordHash,
        passwordChangedAt: at,
        mustChangePassword: false,
        sessionGeneration: account.sessionGeneration + 1,
      })),
    endSessions: (person, by) =>
      changeAccount(person, by, (account) => ({
        ...account,
        sessionGeneration: account.sessionGeneration + 1,
      })),
    requirePasswordChange: (person, by) =>
      changeAccount(person, by, (account) => ({ ...account, mustChangePassword: true })),
    reserveEmail: (person, email, at) => claims.take(person, email, at),
    async giveBackEmail(person, email) {
      if ((await get(person))?.email !== email) await claims.release(person, email);
    },
    async changeEmail({ person, email, at, by }) {
      if (email !== null && !(await claims.take(person, email, at))) return err({ type: 'email-taken' });
      const found: { before: string | null; changed: Account | null } = { before: null, changed: null };
      await changeDocument(database, accountId(person), (held) => {
        const account = parseAccount(held);
        found.before = emailOfAccount(account);
        if (account === null && email === null) return null;
        const changed = { ...(account ?? newAccount(person, noEmail, at)), email: email ?? noEmail };
        found.changed = changed;
        return audited(changed, by, held?.body ?? null);
      });
      if (found.before !== null && found.before !== email) await claims.release(person, found.before);
      return ok(found.changed);
    },
    getMany: async (people) => (await database.getMany(people.map(accountId))).map(parseAccount),
  };
}
