import type { TabletStore } from '$lib/sync/tablet-store.ts';
import type { RawRead } from './raw-database.ts';
import { readReport, type RescueReport } from './report.ts';
import { salvage } from './salvage.ts';
import { rescuedSetting, resealedSetting } from './setting.ts';

/** As a person can read it, and IT can take it apart. */
function asText(value: unknown): string {
  try {
    return JSON.stringify(value, null, 1);
  } catch {
    // A value no text can be made of, such as one that holds itself.
    return String(value);
  }
}

export interface BringInOptions extends Pick<RescueReport, 'at' | 'setAside'> {
  /** Nothing was wrong with it: the report is kept to know what was brought, and shown to nobody. */
  readonly isQuiet?: boolean;
}

/**
 * Writes what was read of a damaged database into a sound one, and what became of it into the report there. What was brought before is
 * not brought again, so that it may be called at every start. Answers whether the damaged one holds nothing any more that is only there.
 * Throws when the storage did not take it: then nothing may be believed to be safe.
 */
export async function bringIn(
  store: Pick<TabletStore, 'outbox' | 'saveToOutbox' | 'note' | 'putNote'>,
  read: RawRead,
  { at, setAside, isQuiet = false }: BringInOptions,
): Promise<{ readonly isEmptied: boolean }> {
  const reportNote = `setting:${isQuiet ? resealedSetting : rescuedSetting}`;
  const before = readReport(await store.note(reportNote));
  const moved = new Set(before?.moved);
  const { entries, notes, damaged } = salvage(read);
  const held = new Set((await store.outbox()).map(({ id }) => id));
  const newEntries = entries.filter(({ id }) => !moved.has(id) && !held.has(id));
  const newNotes = [...notes].filter(([key]) => !moved.has(key) && key !== reportNote);
  const texts = damaged.map(asText);
  const newDamage = texts.filter((text) => before?.damaged.includes(text) !== true);
  const isFirst = before === null;

  const isSafe = (saved: { readonly ok: boolean }): void => {
    if (!saved.ok) throw new Error('the storage did not take what was rescued');
  };
  if (newEntries.length > 0) isSafe(await store.saveToOutbox(newEntries));
  for (const [key, value] of newNotes) isSafe(await store.putNote(key, value));
  if (isFirst || newEntries.length > 0 || newNotes.length > 0 || newDamage.length > 0) {
    const unsent = newEntries.filter(({ accepted, event }) => accepted === null && event.type !== 'opened');
    const report: RescueReport = {
      at,
      setAside: setAside || before?.setAside === true,
      unsent: (before?.unsent ?? 0) + unsent.length,
      drafts: (before?.drafts ?? 0) + newNotes.filter(([key]) => key.startsWith('draft:')).length,
      unreadable: Math.max(before?.unreadable ?? 0, read.lost + texts.length),
      whole: (before?.whole ?? true) && read.whole,
      damaged: [...(before?.damaged ?? []), ...newDamage],
      moved: [...moved, ...newEntries.map(({ id }) => id), ...newNotes.map(([key]) => key)],
      seen: false,
    };
    isSafe(await store.putNote(reportNote, report));
  }
  // Read back, not taken on trust: the old database may go only when this one has it.
  for (const [key] of newNotes) {
    if ((await store.note(key)) === undefined) throw new Error('a note is not where it was put');
  }
  const present = new Set((await store.outbox()).map(({ id }) => id));
  if (newEntries.some(({ id }) => !present.has(id)))
    throw new Error('what was rescued is not where it was put');
  const isWaiting = entries.some(({ id }) => present.has(id));
  return { isEmptied: read.whole && read.lost === 0 && damaged.length === 0 && !isWaiting };
}
