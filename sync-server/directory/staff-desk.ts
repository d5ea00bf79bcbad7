import type { Contacts } from '#server/alerts/contacts.ts';
import type { Accounts } from '#server/auth/accounts.ts';
import type { Actor } from '#server/http/context.ts';
import { applyEdit, fieldsWith, isSame, type Edit } from '#shared/administration/edit.ts';
import { fieldsOfPerson, personWith } from '#shared/administration/person-fields.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { staffRefusals } from '#shared/administration/staff-checks.ts';
import { staffChangeRefusals, takesLastAdministrator } from '#shared/administration/staff-rights.ts';
import type { StaffFields } from '#shared/administration/staff.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { DirectoryCache } from './directory-cache.ts';
import type { DirectoryWriter } from './directory-writer.ts';
import { isDenial, refusedFor, type AdministrationError } from './refuse.ts';
import type { StaffRecords } from './staff-records.ts';

export interface StaffDeskDeps {
  readonly directory: DirectoryCache;
  readonly writer: DirectoryWriter;
  readonly accounts: Accounts;
  readonly contacts: Contacts;
  readonly records: StaffRecords;
}

/** Changes people. Callers see to it that one change ends before the next begins. */
export interface StaffDesk {
  /** The same request again finds the person as it wants them, and changes nothing. */
  create(actor: Actor, id: PersonId, fields: StaffFields): Promise<Result<Person, AdministrationError>>;
  edit(actor: Actor, id: PersonId, edit: Edit<StaffFields>): Promise<Result<Person, AdministrationError>>;
  setActive(actor: Actor, id: PersonId, active: boolean): Promise<Result<Person, AdministrationError>>;
  dropLostEdits(actor: Actor, id: PersonId): Promise<Result<Person, AdministrationError>>;
}

const privateNames: ReadonlySet<string> = new Set(['email', 'mobile']);

export function createStaffDesk(deps: StaffDeskDeps): StaffDesk {
  const { accounts, contacts, directory, records, writer } = deps;

  /** Why these fields may not be stored by this actor. */
  function objections(
    actor: Actor,
    id: PersonId,
    held: Person | null,
    fields: StaffFields,
    changed: readonly string[],
  ): AdministrationError | null {
    const now = directory.current();
    const by = now.people.get(actor.person);
    if (by === undefined) return refusedFor(refusal('not-permitted'));
    const common = { directory: now, at: actor.at, held, fields };
    const changesMore = held === null || changed.some((name) => name !== 'permissions');
    const rights = staffChangeRefusals({ ...common, by, target: id, changesMore });
    if (rights.length > 0) return { type: 'refused', refusals: rights };
    const refusals = staffRefusals({ ...common, id });
    return refusals.length > 0 ? { type: 'refused', refusals } : null;
  }

  interface Write {
    readonly actor: Actor;
    readonly id: PersonId;
    readonly action: string;
    readonly fields: StaffFields;
    readonly changed: readonly string[];
    readonly emailBefore: string | null;
    /** Decides again on what is stored at the very write. */
    readonly decide: (held: Person | null) => Result<Person, AdministrationError>;
  }

  /**
   * The address is set aside first, then the public document is written, then what is private: an address that is taken or a change that was met
   * leaves everything as it was.
   */
  async function store(write: Write): Promise<Result<Person, AdministrationError>> {
    const { actor, id, action, fields, changed, emailBefore, decide } = write;
    const { email } = fields;
    const takesEmail = email !== null && email !== emailBefore;
    if (takesEmail && !(await accounts.reserveEmail(id, email, actor.at)))
      return err(refusedFor(refusal('email-taken', 'email')));
    const act = { action, subjects: [id] };
    const written = await writer.change<Person, AdministrationError>(actor, id, (held) => {
      const document = decide(held);
      return document.ok ? ok({ document: document.value, act: { ...act, fields: changed } }) : document;
    });
    if (!written.ok) {
      if (takesEmail) await accounts.giveBackEmail(id, email);
      return written;
    }
    const by = (field: string) => ({ actor, act: { ...act, fields: [field] } });
    if (changed.includes('mobile')) await contacts.putMobile(id, fields.mobile, actor.at, by('mobile'));
    if (changed.includes('email')) {
      const moved = await accounts.changeEmail({ person: id, email, at: actor.at, by: by('email') });
      if (!moved.ok) return err(refusedFor(refusal('email-taken', 'email')));
    }
    return written;
  }

  const asError = (fields: StaffFields, id: PersonId, held: Person | null, actor: Actor) => {
    const person = personWith(id, fields, held, actor.at);
    return person.ok ? person : err(refusedFor(person.error));
  };

  /** A change of the document alone, by somebody who may do the act to this person. */
  async function change(
    actor: Actor,
    id: PersonId,
    act: 'staff-edit' | 'staff-deactivate',
    how: {
      readonly action: string;
      readonly dropsLostEdits?: boolean;
      readonly next: (held: Person) => Result<Person, AdministrationError>;
    },
  ): Promise<Result<Person, AdministrationError>> {
    await directory.caughtUp();
    const now = directory.current();
    const by = now.people.get(actor.person);
    if (by === undefined) return err(refusedFor(refusal('not-permitted')));
    const permit = mayAdminister({ act, person: by, directory: now, at: actor.at, target: id });
    if (!permit.allowed) return err(refusedFor(refusal(permit.refusal)));
    return writer.change<Person, AdministrationError>(actor, id, (held) => {
      if (held === null) return err({ type: 'not-found' });
      const next = how.next(held);
      if (!next.ok) return next;
      return ok({
        document: next.value,
        act: { action: how.action, subjects: [id] },
        dropsLostEdits: how.dropsLostEdits === true,
      });
    });
  }

  return {
    async create(actor, id, fields) {
      await directory.caughtUp();
      const held = directory.current().people.get(id) ?? null;
      const against = objections(actor, id, null, fields, Object.keys(fields));
      if (held !== null) {
        if (against !== null && isDenial(against)) return err(against);
        const shown = fieldsOfPerson(held, await records.privateOf(id), actor.at);
        return isSame(shown, fields) ? ok(held) : err(refusedFor(refusal('id-taken', 'id')));
      }
      if (against !== null) return err(against);
      return store({
        actor,
        id,
        action: 'staff.create',
        fields,
        changed: Object.keys(fields),
        emailBefore: null,
        decide: (now) =>
          now === null ? asError(fields, id, null, actor) : err(refusedFor(refusal('id-taken', 'id'))),
      });
    },

    async edit(actor, id, edit) {
      await directory.caughtUp();
      const now = directory.current();
      const held = now.people.get(id) ?? null;
      const by = now.people.get(actor.person);
      if (held === null) {
        const permit = by && mayAdminister({ act: 'staff-edit', person: by, directory: now, at: actor.at });
        return err(permit?.allowed === true ? { type: 'not-found' } : refusedFor(refusal('not-permitted')));
      }
      const kept = await records.privateOf(id);
      const wanted = (person: Person): Result<StaffFields, AdministrationError> => {
        const applied = applyEdit(fieldsOfPerson(person, kept, actor.at), edit);
        return applied.ok ? applied : err({ type: 'changed-meanwhile', fields: applied.error.fields });
      };
      const changed = Object.keys(edit.becomes);
      // Who may not edit this person is not told what was changed meanwhile.
      const shown = fieldsOfPerson(held, kept, actor.at);
      const against = objections(actor, id, held, fieldsWith(shown, edit.becomes), changed);
      const first = wanted(held);
      if (!first.ok && !isDenial(against)) return first;
      if (against !== null) return err(against);
      if (!first.ok) return first;
      const isOnlyPrivate = changed.every((name) => privateNames.has(name));
      return store({
        actor,
        id,
        action: 'staff.edit',
        fields: first.value,
        changed,
        emailBefore: kept.email,
        decide(present) {
          if (present === null) return err({ type: 'not-found' });
          if (isOnlyPrivate) return ok(present);
          const fields = wanted(present);
          if (!fields.ok) return fields;
          const next = asError(fields.value, id, present, actor);
          if (!next.ok) return next;
          const isLast = takesLastAdministrator(directory.current(), id, next.value, actor.at);
          return isLast ? err(refusedFor(refusal('last-administrator', 'permissions'))) : next;
        },
      });
    },

    async setActive(actor, id, active) {
      const changed = await change(actor, id, 'staff-deactivate', {
        action: active ? 'staff.activate' : 'staff.deactivate',
        next(held) {
          const next = { ...held, active };
          const now = directory.current();
          if (takesLastAdministrator(now, id, next, actor.at))
            return err(refusedFor(refusal('last-administrator')));
          if (active) return ok(next);
          // A head or receiver who has left would be nobody: the department names another first.
          const departments = [...now.departments.values()].filter((one) => one.active);
          const leads = [
            ...departments.filter((one) => one.head === id).map((one) => refusal('is-head', one.id)),
            ...departments.filter((one) => one.receiver === id).map((one) => refusal('is-receiver', one.id)),
          ];
          return leads.length > 0 ? err(refusedFor(...leads)) : ok(next);
        },
      });
      if (changed.ok && !active)
        await accounts.endSessions(id, { actor, act: { action: 'staff.end-sessions', subjects: [id] } });
      return changed;
    },

    dropLostEdits: (actor, id) =>
      change(actor, id, 'staff-edit', {
        action: 'staff.drop-lost-edits',
        dropsLostEdits: true,
        next: (held) => ok(held),
      }),
  };
}
