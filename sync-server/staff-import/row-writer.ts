import type { AdministrationError } from '#server/directory/refuse.ts';
import type { StaffDesk } from '#server/directory/staff-desk.ts';
import type { StaffRecords } from '#server/directory/staff-records.ts';
import type { OneAtATime } from '#server/directory/one-at-a-time.ts';
import type { Actor } from '#server/http/context.ts';
import { editOf, isSame, type Edit, type Some } from '#shared/administration/edit.ts';
import type { StaffFields } from '#shared/administration/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { StaffColumn } from '#shared/staff-import/columns.ts';
import type { ImportRow } from '#shared/staff-import/protocol.ts';
import type { StoredRow } from './import-store.ts';

export type RowResult = Pick<ImportRow, 'outcome' | 'refusal' | 'columns'>;

/** Writes one row, or takes one back. Doing either again changes nothing more. */
export interface RowWriter {
  import(actor: Actor, row: StoredRow, held: ImportRow): Promise<RowResult>;
  undo(actor: Actor, row: StoredRow, held: ImportRow): Promise<RowResult>;
}

const done = (outcome: RowResult['outcome']): RowResult => ({ outcome, refusal: null, columns: [] });

const columnOfField = (field: string): StaffColumn =>
  field === 'memberships' ? 'department' : (field as StaffColumn);

function failed(outcome: 'could-not' | 'not-undone', error: AdministrationError): RowResult {
  switch (error.type) {
    case 'not-found':
      return { outcome, refusal: 'gone', columns: [] };
    case 'changed-meanwhile':
      return { outcome, refusal: 'changed-meanwhile', columns: error.fields.map(columnOfField) };
    case 'refused':
      return { outcome, refusal: error.refusals[0]?.code ?? 'not-permitted', columns: [] };
  }
}

export function createRowWriter(deps: {
  readonly desk: StaffDesk;
  readonly records: StaffRecords;
  /** The same one as everybody else's who changes the directory. */
  readonly inTurn: OneAtATime;
  /** Open consults in somebody's name. */
  readonly openWorkOf: (person: PersonId) => number;
}): RowWriter {
  const { desk, records, inTurn } = deps;

  async function fieldsNow(actor: Actor, person: PersonId): Promise<StaffFields | null> {
    return (await records.of([person], actor.at))[0]?.fields ?? null;
  }

  async function create(actor: Actor, { person, fields }: StoredRow): Promise<RowResult> {
    if (fields === null) throw new Error('a row that makes somebody has no fields');
    const made = await desk.create(actor, person, fields);
    if (made.ok) return done('created');
    const isThere =
      made.error.type === 'refused' && made.error.refusals.some(({ code }) => code === 'id-taken');
    if (!isThere) return failed('could-not', made.error);
    // Made by an earlier run; what is private is written after what is public, so that much may be missing.
    const now = await fieldsNow(actor, person);
    const missing: Edit<StaffFields> | null =
      now === null
        ? null
        : editOf(now, { ...now, email: now.email ?? fields.email, mobile: now.mobile ?? fields.mobile });
    if (missing === null) return done('created');
    const mended = await desk.edit(actor, person, missing);
    return mended.ok ? done('created') : failed('could-not', mended.error);
  }

  async function change(actor: Actor, { person, action, edit }: StoredRow): Promise<RowResult> {
    if (edit !== null) {
      const edited = await desk.edit(actor, person, edit);
      if (!edited.ok) return failed('could-not', edited.error);
    }
    if (action !== 'reactivate') return done('changed');
    const back = await desk.setActive(actor, person, true);
    return back.ok ? done('reactivated') : failed('could-not', back.error);
  }

  async function deactivate(actor: Actor, person: PersonId): Promise<RowResult> {
    if (deps.openWorkOf(person) > 0) return { outcome: 'not-undone', refusal: 'has-open-work', columns: [] };
    const gone = await desk.setActive(actor, person, false);
    return gone.ok ? done('undone') : failed('not-undone', gone.error);
  }

  /** Sets back each field that still is as the import made it. */
  async function setBack(actor: Actor, { person, edit }: StoredRow): Promise<RowResult> {
    const now = await fieldsNow(actor, person);
    if (now === null) return { outcome: 'not-undone', refusal: 'gone', columns: [] };
    if (edit === null) return done('undone');
    const names = Object.keys(edit.becomes) as (keyof StaffFields)[];
    const ours = names.filter((name) => isSame(now[name], edit.becomes[name]));
    const others = names.filter((name) => !ours.includes(name) && !isSame(now[name], edit.was[name]));
    const pick = (from: Some<StaffFields>): Some<StaffFields> =>
      Object.fromEntries(ours.map((name) => [name, from[name]]));
    if (ours.length > 0) {
      const back = await desk.edit(actor, person, { was: pick(edit.becomes), becomes: pick(edit.was) });
      if (!back.ok) return failed('not-undone', back.error);
    }
    if (others.length === 0) return done('undone');
    return {
      outcome: ours.length === 0 ? 'not-undone' : 'undone-in-part',
      refusal: 'changed-meanwhile',
      columns: others.map(columnOfField),
    };
  }

  return {
    import: (actor, row) =>
      inTurn(() => {
        if (row.action === 'unchanged') return Promise.resolve(done('unchanged'));
        return row.action === 'create' ? create(actor, row) : change(actor, row);
      }),
    undo: (actor, row, held) =>
      inTurn(async () => {
        switch (held.outcome) {
          case 'created':
            return deactivate(actor, row.person);
          case 'changed':
            return setBack(actor, row);
          case 'reactivated': {
            const back = await setBack(actor, row);
            if (back.outcome === 'not-undone') return back;
            const gone = await deactivate(actor, row.person);
            return gone.outcome === 'undone' ? back : gone;
          }
          default:
            return { outcome: held.outcome, refusal: held.refusal, columns: held.columns };
        }
      }),
  };
}
