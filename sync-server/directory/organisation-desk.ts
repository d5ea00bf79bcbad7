import type { Actor } from '#server/http/context.ts';
import { applyEdit, type Edit } from '#shared/administration/edit.ts';
import { organisationRefusals } from '#shared/administration/organisation-checks.ts';
import type { OrganisationFields } from '#shared/administration/organisation.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { DirectoryCache } from './directory-cache.ts';
import type { DirectoryWriter } from './directory-writer.ts';
import { refusedFor, type AdministrationError } from './refuse.ts';

export interface OrganisationDesk {
  edit(actor: Actor, edit: Edit<OrganisationFields>): Promise<Result<Organisation, AdministrationError>>;
  dropLostEdits(actor: Actor): Promise<Result<Organisation, AdministrationError>>;
}

export function fieldsOfOrganisation({
  kind: _kind,
  id: _id,
  demo: _demo,
  ...fields
}: Organisation): OrganisationFields {
  return fields;
}

/** Changes what holds for the whole hospital. Callers see to it that one change ends before the next begins. */
export function createOrganisationDesk(deps: {
  readonly directory: DirectoryCache;
  readonly writer: DirectoryWriter;
}): OrganisationDesk {
  const { directory, writer } = deps;
  const permitted = (actor: Actor): AdministrationError | null => {
    const now = directory.current();
    const person = now.people.get(actor.person);
    if (person === undefined) return refusedFor(refusal('not-permitted'));
    const permit = mayAdminister({ act: 'organisation-edit', person, directory: now, at: actor.at });
    return permit.allowed ? null : refusedFor(refusal(permit.refusal));
  };
  return {
    async edit(actor, edit) {
      await directory.caughtUp();
      const no = permitted(actor);
      if (no !== null) return err(no);
      const changed = Object.keys(edit.becomes) as (keyof OrganisationFields)[];
      return writer.change<Organisation, AdministrationError>(actor, 'organisation', (held) => {
        const by = directory.current().people.get(actor.person);
        if (held === null || by === undefined) return err({ type: 'not-found' });
        const applied = applyEdit(fieldsOfOrganisation(held), edit);
        if (!applied.ok) return err({ type: 'changed-meanwhile', fields: applied.error.fields });
        const refusals = organisationRefusals({
          fields: applied.value,
          changed: new Set(changed),
          by,
          directory: directory.current(),
          at: actor.at,
        });
        if (refusals.length > 0) return err({ type: 'refused', refusals });
        return ok({
          document: { ...held, ...applied.value },
          act: { action: 'organisation.edit', subjects: ['organisation'], fields: changed },
        });
      });
    },
    async dropLostEdits(actor) {
      const no = permitted(actor);
      if (no !== null) return err(no);
      return writer.change<Organisation, AdministrationError>(actor, 'organisation', (held) =>
        held === null
          ? err({ type: 'not-found' })
          : ok({
              document: held,
              act: { action: 'organisation.drop-lost-edits', subjects: ['organisation'] },
              dropsLostEdits: true,
            }),
      );
    },
  };
}
