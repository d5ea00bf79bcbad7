import { lostEditsOf } from '#server/store/merge/directory.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
import { lastChangeSchema } from '#shared/administration/edit.ts';
import { directoryDocumentSchema, type DirectoryDocument } from '#shared/directory/directory.ts';
import type { Department } from '#shared/directory/department.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { lastChangeKey } from './directory-writer.ts';

interface LastChange {
  readonly by: PersonId;
  readonly at: Instant;
}

/** A directory document with what only administrators see of it. */
export interface DirectoryRecord<D extends DirectoryDocument> {
  readonly document: D;
  readonly lastChange: LastChange | null;
  /** Edits that lost to this one on a cluster; one that cannot be read is left out. */
  readonly lost: readonly { readonly document: D; readonly change: LastChange | null }[];
}

interface ByKind {
  readonly person: Person;
  readonly department: Department;
  readonly organisation: Organisation;
}

const lastChangeOf = (body: Readonly<Record<string, unknown>>): LastChange | null => {
  const parsed = lastChangeSchema.safeParse(body[lastChangeKey]);
  return parsed.success ? parsed.data : null;
};

function documentOf<K extends keyof ByKind>(
  kind: K,
  body: Readonly<Record<string, unknown>>,
): ByKind[K] | null {
  const parsed = directoryDocumentSchema.safeParse(body);
  return parsed.success && parsed.data.kind === kind ? (parsed.data as ByKind[K]) : null;
}

function recordOf<K extends keyof ByKind>(
  kind: K,
  stored: StoredDocument | null,
): DirectoryRecord<ByKind[K]> | null {
  const document = stored === null ? null : documentOf(kind, stored.body);
  if (stored === null || document === null) return null;
  const lost = lostEditsOf(stored.body).flatMap((body) => {
    const one = documentOf(kind, body);
    return one === null ? [] : [{ document: one, change: lastChangeOf(body) }];
  });
  return { document, lastChange: lastChangeOf(stored.body), lost };
}

export interface DirectoryRecords {
  /** Those that are there, of that kind and readable; in the order asked. */
  of<K extends keyof ByKind>(kind: K, ids: readonly string[]): Promise<DirectoryRecord<ByKind[K]>[]>;
}

export const createDirectoryRecords = (database: Database): DirectoryRecords => ({
  async of(kind, ids) {
    const documents = ids.length === 0 ? [] : await database.getMany(ids);
    return documents.flatMap((stored) => {
      const record = recordOf(kind, stored);
      return record === null ? [] : [record];
    });
  },
});

/** Fields in which the lost edit differs from what stands. */
export function differingFields<Fields extends Record<string, unknown>>(
  standing: Fields,
  lost: Fields,
  isSame: (a: unknown, b: unknown) => boolean,
): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(lost).filter(([name, value]) => !isSame(standing[name], value)),
  ) as Partial<Fields>;
}
