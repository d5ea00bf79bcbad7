import { emailOfAccount, type Accounts } from '#server/auth/accounts.ts';
import { linkAddress, type Links } from '#server/auth/links.ts';
import type { SendLink } from '#server/directory/access-routes.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { Actor } from '#server/http/context.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import type { AdministrationRefusalCode } from '#shared/administration/refusals.ts';
import type { ImportRow, Invitation } from '#shared/staff-import/protocol.ts';

export interface Inviter {
  invite(actor: Actor, rows: readonly ImportRow[], by: 'mail' | 'screen'): Promise<Invitation[]>;
}

export function createInviter(deps: {
  readonly accounts: Pick<Accounts, 'get'>;
  readonly links: Links;
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly publicOrigin: string;
  /** null: no mail server is set up. */
  readonly send: SendLink | null;
}): Inviter {
  const { accounts, directory, links, send } = deps;

  async function one(actor: Actor, row: ImportRow, by: 'mail' | 'screen'): Promise<Invitation> {
    const { name, email } = row;
    if (row.person === null) throw new Error('a person who was made has no id');
    const not = (refusal: AdministrationRefusalCode): Invitation => ({
      person: row.person ?? actor.person,
      name,
      email,
      address: null,
      endsAt: null,
      refusal,
    });
    const now = directory.current();
    const [person, manager] = [now.people.get(row.person), now.people.get(actor.person)];
    if (person === undefined || manager === undefined) return not('unknown-person');
    if (!person.active) return not('inactive-person');
    const permit = mayAdminister({
      act: 'staff-invite',
      person: manager,
      directory: now,
      at: actor.at,
      target: row.person,
    });
    if (!permit.allowed) return not(permit.refusal);
    const account = await accounts.get(row.person);
    const to = emailOfAccount(account);
    if (account === null || to === null) return not('no-account');
    // Who has a password already has come in; another link would be a reset.
    if (account.passwordHash !== null) return not('account-ready');
    if (by === 'mail' && send === null) return not('no-mail');
    const { token, endsAt } = await links.make({
      purpose: 'invitation',
      person: row.person,
      at: actor.at,
      by: { actor, act: { action: 'account.invite', subjects: [row.person] } },
    });
    const address = linkAddress(deps.publicOrigin, token, 'invitation');
    if (by === 'screen') return { person: row.person, name, email, address, endsAt, refusal: null };
    const isSent =
      send !== null && (await send({ person: row.person, to, address, purpose: 'invitation', endsAt }));
    return isSent
      ? { person: row.person, name, email, address: null, endsAt, refusal: null }
      : not('mail-failed');
  }

  return {
    async invite(actor, rows, by) {
      const made: Invitation[] = [];
      // One after the other: a mail server that is asked for a hundred at once takes none.
      for (const row of rows) made.push(await one(actor, row, by));
      return made;
    },
  };
}
