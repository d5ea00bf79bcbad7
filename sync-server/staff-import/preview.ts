import { createHash, randomUUID } from 'node:crypto';
import type { StaffRecords } from '#server/directory/staff-records.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { planImport, type PlannedRow } from '#shared/staff-import/plan.ts';
import {
  previewLifeMs,
  type ImportCounts,
  type Preview,
  type PreviewRow,
} from '#shared/staff-import/protocol.ts';
import { readCsvFile } from './csv-file.ts';
import type { ImportStore, StoredPlan, StoredRow } from './import-store.ts';

/** The same import and address make the same person, however often they are asked for. */
export function personOfRow(importId: string, email: string): PersonId {
  const hex = createHash('sha256').update(`${importId} ${email}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) % 4] ?? '8';
  return personIdSchema.parse(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
}

export const countsOf = (actions: Iterable<PlannedRow['action']>): ImportCounts => {
  const counts = { create: 0, change: 0, reactivate: 0, unchanged: 0, wrong: 0 };
  for (const action of actions) counts[action]++;
  return counts;
};

const shown = ({ row, action, name, email, changes, faults }: PlannedRow): PreviewRow => ({
  row,
  action,
  name,
  email,
  changes: changes.map((one) => ({ ...one })),
  faults: faults.map((one) => ({ ...one })),
});

const stored = (importId: string, planned: PlannedRow): StoredRow[] => {
  const { row, action, name, email, person, fields, edit } = planned;
  if (action === 'wrong') return [];
  return [
    {
      row,
      action,
      name,
      email,
      person: person ?? personOfRow(importId, email),
      fields,
      edit: edit === null ? null : { was: { ...edit.was }, becomes: { ...edit.becomes } },
    },
  ];
};

/**
 * Looks at a file and says what it would do; keeps the plan for an hour when nothing is wrong with it. The directory is only read.
 */
export async function previewFile(
  bytes: Uint8Array,
  deps: {
    readonly store: ImportStore;
    readonly records: StaffRecords;
    readonly directory: Directory;
    readonly by: Person;
    readonly at: Instant;
  },
): Promise<Preview> {
  const { store, records, directory, by, at } = deps;
  const endsAt = addMs(at, previewLifeMs);
  const nothing = { id: null, digest: '', endsAt, counts: countsOf([]), rows: [] };
  const file = readCsvFile(bytes);
  if (!file.ok) return { ...nothing, fileFaults: file.error.map((one) => ({ ...one })) };

  const held = await records.of([...directory.people.keys()], at);
  const planned = planImport({ ...file.value, held, directory, by, at });
  const counts = countsOf(planned.map(({ action }) => action));
  const isWrong = (row: PlannedRow): boolean => row.action === 'wrong';
  const rows = [...planned.filter(isWrong), ...planned.filter((row) => !isWrong(row))].map(shown);
  if (counts.wrong > 0) return { ...nothing, counts, fileFaults: [], rows };

  const id = randomUUID();
  const plan: Omit<StoredPlan, 'digest'> = {
    kind: 'staff-import',
    id,
    by: by.id,
    madeAt: at,
    rows: planned.flatMap((row) => stored(id, row)),
  };
  const digest = createHash('sha256').update(canonicalJson(plan)).digest('base64url');
  await store.forgetOld(at);
  await store.putPlan({ kind: plan.kind, id, by: by.id, madeAt: at, rows: plan.rows, digest });
  return { id, digest, endsAt, counts, fileFaults: [], rows };
}
