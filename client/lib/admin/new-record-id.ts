import { uuidSchema } from '#shared/lib/id.ts';
import { newUuid } from '$lib/tablet/new-uuid.ts';
import type { KeepingStore } from './kept-forms.ts';

/** The id of a record that is being made in this tab; the same until the form is done, also after a reload. */
export function newRecordId(store: KeepingStore, key: string): string {
  const held = uuidSchema.safeParse(store.getItem(`${key}:id`));
  if (held.success) return held.data;
  const id = newUuid();
  store.setItem(`${key}:id`, id);
  return id;
}
