import type { Actor } from '#server/http/context.ts';
import { applyEdit, isSame, type Edit } from '#shared/administration/edit.ts';
import { deactivationRefusals, departmentRefusals } from '#shared/administration/department-checks.ts';
import type { DepartmentFields } from '#shared/administration/departments.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister, type AdministrationAct } from '#shared/administration/rights.ts';
import type { Department } from '#shared/directory/department.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { DirectoryCache } from './directory-cache.ts';
import type { DirectoryChange, DirectoryWriter } from './directory-writer.ts';
import { refusedFor, type AdministrationError } from './refuse.ts';

type Outcome = Result<Department, AdministrationError>;

/** Changes departments. Callers see to it that one change ends before the next begins. */
export interface DepartmentDesk {
  create(actor: Actor, id: DepartmentId, fields: DepartmentFields): Promise<Outcome>;
  /** Who leads the department may change its receiver, and nothing else. */
  edit(actor: Actor, id: DepartmentId, edit: Edit<DepartmentFields>): Promise<Outcome>;
  setActive(actor: Actor, id: DepartmentId, active: boolean): Promise<Outcome>;
  dropLostEdits(actor: Actor, id: DepartmentId): Promise<Outcome>;
}

export function fieldsOfDepartment({
  kind: _kind,
  id: _id,
  active: _active,
  ...fields
}: Department): DepartmentFields {
  return fields;
}

type FieldName = keyof DepartmentFields;

/** The act that a change of these fields is. */
function actsOf(changed: readonly FieldName[]): AdministrationAct[] {
  const acts = new Set<AdministrationAct>(
    changed.map((name) =>
      name === 'receiver' ? 'department-receiver' : name === 'policies' ? 'policy-edit' : 'department-edit',
    ),
  );
  return [...acts];
}

export function createDepartmentDesk(deps: {
  readonly directory: DirectoryCache;
  readonly writer: DirectoryWriter;
  /** Open consults asked by it or of it. */
  readonly openConsultsOf: (department: DepartmentId) => Promise<number>;
}): DepartmentDesk {
  const { directory, openConsultsOf, writer } = deps;

  function denied(
    actor: Actor,
    id: DepartmentId,
    acts: readonly AdministrationAct[],
  ): AdministrationError | null {
    const now = directory.current();
    const person = now.people.get(actor.person);
    if (person === undefined) return refusedFor(refusal('not-permitted'));
    for (const act of acts) {
      const permit = mayAdminister({ act, person, directory: now, at: actor.at, department: id });
      if (!permit.allowed) return refusedFor(refusal(permit.refusal));
    }
    return null;
  }

  /** Leading a department opens its consults: nobody puts themselves there. A head may well receive for their own. */
  function selfRefusals(
    actor: Actor,
    fields: DepartmentFields,
    changed: ReadonlySet<FieldName>,
    held: Department | null,
  ) {
    const isHead = held?.head === actor.person;
    return (['head', 'receiver'] as const).flatMap((name) =>
      changed.has(name) && fields[name] === actor.person && !isHead ? [refusal('own-standing', name)] : [],
    );
  }

  function objections(
    actor: Actor,
    id: DepartmentId,
    fields: DepartmentFields,
    changed: ReadonlySet<FieldName>,
  ): AdministrationError | null {
    const now = directory.current();
    const own = selfRefusals(actor, fields, changed, now.departments.get(id) ?? null);
    if (own.length > 0) return { type: 'refused', refusals: own };
    const refusals = departmentRefusals({ id, fields, changed, directory: now, at: actor.at });
    return refusals.length > 0 ? { type: 'refused', refusals } : null;
  }

  const change = (
    actor: Actor,
    id: DepartmentId,
    next: (held: Department | null) => Result<DirectoryChange<Department>, AdministrationError>,
  ): Promise<Outcome> => writer.change<Department, AdministrationError>(actor, id, next);

  return {
    async create(actor, id, fields) {
      await directory.caughtUp();
      const no = denied(actor, id, ['department-create']);
      if (no !== null) return err(no);
      const held = directory.current().departments.get(id);
      if (held !== undefined)
        return isSame(fieldsOfDepartment(held), fields)
          ? ok(held)
          : err(refusedFor(refusal('id-taken', 'id')));
      const changed = Object.keys(fields) as FieldName[];
      const against = objections(actor, id, fields, new Set(changed));
      if (against !== null) return err(against);
      return change(actor, id, (now) =>
        now === null
          ? ok({
              document: { kind: 'department', id, active: true, ...fields },
              act: { action: 'department.create', subjects: [id], fields: changed },
            })
          : err(refusedFor(refusal('id-taken', 'id'))),
      );
    },

    async edit(actor, id, edit) {
      await directory.caughtUp();
      const changed = Object.keys(edit.becomes) as FieldName[];
      const no = denied(actor, id, actsOf(changed));
      if (no !== null) return err(no);
      return change(actor, id, (held) => {
        if (held === null) return err({ type: 'not-found' });
        const fields = applyEdit(fieldsOfDepartment(held), edit);
        if (!fields.ok) return err({ type: 'changed-meanwhile', fields: fields.error.fields });
        const against = objections(actor, id, fields.value, new Set(changed));
        if (against !== null) return err(against);
        return ok({
          document: { ...held, ...fields.value },
          act: { action: 'department.edit', subjects: [id], fields: changed },
        });
      });
    },

    async setActive(actor, id, active) {
      await directory.caughtUp();
      const no = denied(actor, id, ['department-edit']);
      if (no !== null) return err(no);
      const open = active ? 0 : await openConsultsOf(id);
      return change(actor, id, (held) => {
        if (held === null) return err({ type: 'not-found' });
        const refusals = active ? [] : deactivationRefusals(held, directory.current(), open, actor.at);
        if (refusals.length > 0) return err({ type: 'refused', refusals });
        const action = active ? 'department.activate' : 'department.deactivate';
        return ok({ document: { ...held, active }, act: { action, subjects: [id] } });
      });
    },

    async dropLostEdits(actor, id) {
      const no = denied(actor, id, ['department-edit']);
      if (no !== null) return err(no);
      return change(actor, id, (held) =>
        held === null
          ? err({ type: 'not-found' })
          : ok({
              document: held,
              act: { action: 'department.drop-lost-edits', subjects: [id] },
              dropsLostEdits: true,
            }),
      );
    },
  };
}
