import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { staffFieldsSchema } from '#shared/administration/staff.ts';
import { personIdSchema, uuidSchema } from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { rowActionSchema } from '#shared/staff-import/plan.ts';
import { importRowSchema, previewLifeMs, undoLifeMs } from '#shared/staff-import/protocol.ts';

const someFieldsSchema = z.strictObject(staffFieldsSchema.shape).partial();

/** What a confirmed row will do. */
const storedRowSchema = z.object({
  row: z.int(),
  action: rowActionSchema.exclude(['wrong']),
  name: z.string(),
  email: z.string(),
  /** Those who are made have theirs already: a repeated confirmation makes nobody twice. */
  person: personIdSchema,
  fields: staffFieldsSchema.nullable(),
  edit: z.object({ was: someFieldsSchema, becomes: someFieldsSchema }).nullable(),
});
export type StoredRow = z.infer<typeof storedRowSchema>;

/** Document `staff-import:<id>` in `accounts`: what was previewed, and never changed afterwards. */
const storedPlanSchema = z.object({
  kind: z.literal('staff-import'),
  id: uuidSchema,
  by: personIdSchema,
  madeAt: instantSchema,
  digest: z.string(),
  rows: z.array(storedRowSchema),
});
export type StoredPlan = z.infer<typeof storedPlanSchema>;

/** Document `staff-import-progress:<id>`: there once the import is confirmed. */
const storedProgressSchema = z.object({
  kind: z.literal('staff-import-progress'),
  id: uuidSchema,
  by: personIdSchema,
  madeAt: instantSchema,
  doing: z.enum(['import', 'undo']),
  isDone: z.boolean(),
  done: z.int(),
  /** Which process works on it, and when it was last heard of. */
  runner: z.string(),
  beatAt: instantSchema,
  rows: z.array(importRowSchema),
});
export type StoredProgress = z.infer<typeof storedProgressSchema>;

export const planId = (id: string): string => `staff-import:${id}`;
export const progressId = (id: string): string => `staff-import-progress:${id}`;

export interface ImportStore {
  putPlan(plan: StoredPlan): Promise<void>;
  plan(id: string): Promise<StoredPlan | null>;
  progress(id: string): Promise<StoredProgress | null>;
  /** Decides on what is stored at the very write; null from `change`: nothing is written. */
  changeProgress(
    id: string,
    change: (held: StoredProgress | null) => StoredProgress | null,
    by?: AuditedBy,
  ): Promise<StoredProgress | null>;
  /** Confirmed ones, newest first. */
  confirmed(): Promise<StoredProgress[]>;
  /** Removes previews nobody confirmed in time, and imports too old to be undone. */
  forgetOld(now: Instant): Promise<void>;
}

const mostKept = 500;

export function createImportStore(database: Database): ImportStore {
  const progressOf = (body: unknown): StoredProgress | null => {
    const parsed = storedProgressSchema.safeParse(body);
    return parsed.success ? parsed.data : null;
  };

  async function bodies(
    prefix: string,
  ): Promise<{ id: string; rev: string; body: Readonly<Record<string, unknown>> | undefined }[]> {
    const rows = await database.scan({
      startKey: prefix,
      endKey: `${prefix}~`,
      limit: mostKept,
      includeDocs: true,
    });
    return rows.map(({ id, rev, doc }) => ({ id, rev, body: doc?.body }));
  }

  return {
    async putPlan(plan) {
      await changeDocument(database, planId(plan.id), (held) => (held === null ? { ...plan } : null));
    },
    async plan(id) {
      const parsed = storedPlanSchema.safeParse((await database.get(planId(id)))?.body);
      return parsed.success ? parsed.data : null;
    },
    progress: async (id) => progressOf((await database.get(progressId(id)))?.body),
    async changeProgress(id, change, by) {
      let decided: StoredProgress | null = null;
      await changeDocument(database, progressId(id), (stored) => {
        decided = change(stored === null ? null : storedProgressSchema.parse(stored.body));
        return decided === null ? null : audited({ ...stored?.body, ...decided }, by, stored?.body ?? null);
      });
      return decided;
    },
    async confirmed() {
      const found = (await bodies(progressId(''))).flatMap(({ body }) => progressOf(body) ?? []);
      return found.sort((a, b) => (a.madeAt > b.madeAt ? -1 : 1));
    },
    async forgetOld(now) {
      const progress = await bodies(progressId(''));
      const kept = new Set(progress.flatMap(({ body }) => progressOf(body)?.id ?? []));
      const isOld = (body: unknown, lifeMs: number): boolean => {
        const made = z.looseObject({ madeAt: instantSchema }).safeParse(body);
        return made.success && addMs(made.data.madeAt, lifeMs) < now;
      };
      const old = [
        ...(await bodies(planId(''))).filter(({ id, body }) =>
          isOld(body, kept.has(id.slice(planId('').length)) ? undoLifeMs : previewLifeMs),
        ),
        ...progress.filter(({ body }) => isOld(body, undoLifeMs)),
      ];
      // A tombstone with nothing but what the audit still has to take: names and addresses go with them.
      if (old.length > 0)
        await database.write(
          old.map(({ id, rev, body }) => ({
            id,
            rev,
            body: audited({}, undefined, body ?? null),
            deleted: true,
          })),
        );
    },
  };
}
