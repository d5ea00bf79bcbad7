import type { Account, Accounts } from '#server/auth/accounts.ts';
import type { AuditedBy } from '#server/audit/pending.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { allowedDomainsOf } from '#shared/directory/organisation.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { OpenIdRefusal } from '#shared/session/openid.ts';
import { emailSchema } from '#shared/session/protocol.ts';
import { google, type Identity } from './issuer.ts';
import type { OpenIdConfig } from './openid-config.ts';
import type { OpenIdLinks } from './openid-links.ts';

/**
 * The verified address of somebody in an allowed domain. At Google an address of any domain can be verified in a private account: there the
 * organisation's own word (`hd`) must stand beside it.
 */
export function trustedEmail(
  identity: Identity,
  issuer: string,
  allowed: readonly string[],
): Result<string, OpenIdRefusal> {
  const email = emailSchema.safeParse(identity.email ?? '');
  if (!email.success) return err('no-email');
  if (!identity.isEmailVerified) return err('email-not-verified');
  const domain = email.data.slice(email.data.lastIndexOf('@') + 1);
  const hosted = identity.hostedDomain?.toLowerCase() ?? null;
  const isHosted = hosted === null ? issuer !== google : allowed.includes(hosted);
  return allowed.includes(domain) && isHosted ? ok(email.data) : err('foreign-domain');
}

export type WhoComes = Result<
  { readonly account: Account; readonly isNewLink: boolean },
  { readonly refusal: OpenIdRefusal; readonly person: PersonId | null; readonly email: string | null }
>;

/**
 * Who somebody at the issuer is here: whoever they were linked to before, also when their e-mail has changed since; else the person with the
 * verified e-mail, who is linked now. Deactivated people are nobody.
 */
export async function whoComes(
  identity: Identity,
  deps: {
    readonly config: OpenIdConfig;
    readonly links: OpenIdLinks;
    readonly accounts: Pick<Accounts, 'get' | 'byEmail'>;
    readonly directory: Directory;
    readonly at: Instant;
    readonly linkedBy: (person: PersonId) => AuditedBy;
  },
): Promise<WhoComes> {
  const { accounts, config, directory, links, at } = deps;
  const { subject } = identity;
  const refused = (refusal: OpenIdRefusal, person: PersonId | null, email: string | null = null): WhoComes =>
    err({ refusal, person, email });
  const isActive = (person: PersonId): boolean => directory.people.get(person)?.active === true;

  const linked = await links.personOf(config.issuer, subject);
  if (linked !== null) {
    const account = await accounts.get(linked);
    return account !== null && isActive(linked)
      ? ok({ account, isNewLink: false })
      : refused('inactive-person', linked);
  }
  const allowed = allowedDomainsOf(directory.organisation, config.allowedDomains);
  const email = trustedEmail(identity, config.issuer, allowed);
  if (!email.ok) return refused(email.error, null);
  const account = await accounts.byEmail(email.value);
  if (account === null) return refused('unknown-person', null, email.value);
  if (!isActive(account.person)) return refused('inactive-person', account.person);
  const by = deps.linkedBy(account.person);
  const isLinked = await links.link({ issuer: config.issuer, subject, person: account.person, at, by });
  return isLinked ? ok({ account, isNewLink: true }) : refused('linked-to-another', account.person);
}
