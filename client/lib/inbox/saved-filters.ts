import { z } from 'zod';
import { listFilterSchema, type ListFilter } from './list-filter.ts';

/** The person's own, on this tablet: it is about how they look, and holds what they typed to find a patient. */
export const savedFiltersSetting = 'saved-filters';
export const maxSavedFilters = 20;
export const maxNameLength = 40;

const savedFilterSchema = z.strictObject({
  id: z.string().max(64),
  name: z.string().min(1).max(maxNameLength),
  filter: listFilterSchema,
});
export type SavedFilter = z.infer<typeof savedFilterSchema>;

/** What this build can read of what is kept; one that it cannot (of a newer app) is left alone and not shown. */
export function readSavedFilters(stored: unknown): readonly SavedFilter[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((one) => {
    const parsed = savedFilterSchema.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}

export type SaveFault = 'no-name' | 'name-taken' | 'too-many';

/** null: it can be kept under that name. */
export function saveFault(kept: readonly SavedFilter[], name: string): SaveFault | null {
  const wanted = name.trim();
  if (wanted === '') return 'no-name';
  if (kept.some((each) => each.name.toLocaleLowerCase() === wanted.toLocaleLowerCase())) return 'name-taken';
  return kept.length >= maxSavedFilters ? 'too-many' : null;
}

const keptRaw = (stored: unknown): readonly unknown[] => (Array.isArray(stored) ? (stored as unknown[]) : []);

/** What to store; entries this build cannot read stay where they are. */
export const withFilter = (
  stored: unknown,
  id: string,
  name: string,
  filter: ListFilter,
): readonly unknown[] => [...keptRaw(stored), { id, name: name.trim().slice(0, maxNameLength), filter }];

export const withoutFilter = (stored: unknown, id: string): readonly unknown[] =>
  keptRaw(stored).filter((one) => typeof one !== 'object' || one === null || !('id' in one) || one.id !== id);
