import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { UnknownActor } from '#server/audit/audit.ts';
import { withPendingAudit } from '#server/audit/pending.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import {
  administrationDepartment,
  newAdministrator,
  newOrganisation,
} from '#server/directory/new-hospital.ts';
import type { Database } from '#server/store/port.ts';
import { administratorsOf } from '#shared/directory/membership.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import { departmentIdSchema, personIdSchema, type DepartmentId, type PersonId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { redeemLinkRequestSchema } from '#shared/session/protocol.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Accounts } from './accounts.ts';
import type { Links } from './links.ts';
import { passwordWeakness } from './password-strength.ts';
import type { Passwords } from './passwords.ts';

export type RedeemLinkRequest = z.infer<typeof redeemLinkRequestSchema>;
type AdministratorRequest = NonNullable<RedeemLinkRequest['administrator']>;

export type RedeemError =
  | { readonly type: 'not-valid' }
  | { readonly type: 'administrator-missing' }
  | { readonly type: 'time-zone-unknown' }
  | { readonly type: 'weak-password' }
  | { readonly type: 'email-taken' };

/** Turns a one-time link into a password, and where it says so into a new administrator. Throws `PasswordsBusy`. */
export interface LinkRedeemer {
  redeem(request: RedeemLinkRequest, actor: UnknownActor): Promise<Result<{ person: PersonId }, RedeemError>>;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    // Intl says so by throwing.
    return false;
  }
}

export function createLinkRedeemer(deps: {
  accounts: Accounts;
  links: Links;
  passwords: Passwords;
  directory: Pick<DirectoryCache, 'current' | 'caughtUp'>;
  directoryDatabase: Database;
}): LinkRedeemer {
  const { accounts, directory, directoryDatabase, links, passwords } = deps;

  /** False when it was there before; then it stays as it is. */
  async function add(document: DirectoryDocument, actor: UnknownActor): Promise<boolean> {
    const act = { action: `directory.add-${document.kind}`, subjects: [document.id] };
    const added = await changeDocument(directoryDatabase, document.id, (held) =>
      held === null ? withPendingAudit({ ...document }, actor, act, null) : null,
    );
    return added !== null;
  }

  /** The department new administrators belong to, made with the organisation when the hospital is new. */
  async function administrationOf(
    request: AdministratorRequest,
    person: PersonId,
    actor: UnknownActor,
  ): Promise<DepartmentId> {
    const { organisation, departments } = directory.current();
    const known = organisation?.dutyAdministration ?? null;
    if (known !== null) return known;
    const administrative = [...departments.values()].find(
      (one) => one.type === 'administrative' && one.active,
    );
    const department = administrative?.id ?? departmentIdSchema.parse(randomUUID());
    if (administrative === undefined) await add(administrationDepartment(department, person), actor);
    if (organisation === null) {
      await add(
        newOrganisation({ name: request.hospital, timeZone: request.timeZone, administration: department }),
        actor,
      );
    }
    return department;
  }

  async function addAdministrator(
    person: PersonId,
    request: AdministratorRequest,
    actor: UnknownActor,
  ): Promise<void> {
    await directory.caughtUp();
    const department = await administrationOf(request, person, actor);
    await add(newAdministrator({ id: person, name: request.name, department, at: actor.at }), actor);
    await directory.caughtUp();
  }

  return {
    async redeem(request, actor) {
      const link = await links.find(request.token, actor.at);
      if (link === null) return err({ type: 'not-valid' });
      // Each start prints another one while nobody is there; the first that is used makes the rest worthless.
      const isLate =
        link.purpose === 'first-administrator' && administratorsOf(directory.current(), actor.at).length > 0;
      if (isLate) return err({ type: 'not-valid' });
      const { administrator } = request;
      if (link.person === null && administrator === undefined) return err({ type: 'administrator-missing' });
      if (administrator !== undefined && !isTimeZone(administrator.timeZone))
        return err({ type: 'time-zone-unknown' });

      const { people, organisation } = directory.current();
      const account = link.person === null ? null : await accounts.get(link.person);
      if (link.person !== null && account === null) return err({ type: 'not-valid' });
      const name = link.person === null ? administrator?.name : people.get(link.person)?.name;
      const about = [
        account?.email ?? administrator?.email,
        name,
        organisation?.name ?? administrator?.hospital,
      ];
      if (
        passwordWeakness(
          request.password,
          about.filter((known) => known !== undefined),
        ) !== null
      ) {
        return err({ type: 'weak-password' });
      }
      if (
        link.person === null &&
        administrator !== undefined &&
        (await accounts.byEmail(administrator.email)) !== null
      ) {
        return err({ type: 'email-taken' });
      }
      const passwordHash = await passwords.hash(request.password);

      const person = link.person ?? personIdSchema.parse(randomUUID());
      const by = (action: string) => ({ actor, act: { action, subjects: [person] } });
      const used = await links.use(request.token, actor.at, by(`link.redeem-${link.purpose}`));
      if (!used.ok) return used;
      if (link.person === null && administrator !== undefined) {
        const created = await accounts.create({
          person,
          email: administrator.email,
          at: actor.at,
          by: by('account.create'),
        });
        if (!created.ok) return err({ type: 'email-taken' });
        await addAdministrator(person, administrator, actor);
      }
      await accounts.setPassword(person, passwordHash, actor.at, by('password.set-by-link'));
      return ok({ person });
    },
  };
}
