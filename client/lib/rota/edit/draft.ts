import { canonicalJson } from '#shared/event/canonical.ts';
import { applyRotaChange, fieldsOfShift, wallOf, type RotaChange } from '#shared/directory/rota-change.ts';
import type { RotaWeek, Shift } from '#shared/directory/rota.ts';
import { editOf } from '#shared/administration/edit.ts';
import type { Instant } from '#shared/lib/instant.ts';

export const isSameShift = (a: Shift, b: Shift): boolean => canonicalJson(a) === canonicalJson(b);

/** One line of what is not saved yet. */
export type DraftChange =
  | { readonly kind: 'added'; readonly is: Shift }
  | { readonly kind: 'changed'; readonly was: Shift; readonly is: Shift }
  | { readonly kind: 'removed'; readonly was: Shift };

export const shiftOfChange = (change: DraftChange): Shift =>
  change.kind === 'removed' ? change.was : change.is;

/** What differs between the week as it was read and as it is wanted, in order of time. */
export function draftChanges(held: readonly Shift[], wanted: readonly Shift[]): DraftChange[] {
  const before = new Map(held.map((shift) => [shift.id, shift]));
  const after = new Map(wanted.map((shift) => [shift.id, shift]));
  const changes: DraftChange[] = [];
  for (const is of wanted) {
    const was = before.get(is.id);
    if (was === undefined) changes.push({ kind: 'added', is });
    else if (!isSameShift(was, is)) changes.push({ kind: 'changed', was, is });
  }
  for (const was of held) if (!after.has(was.id)) changes.push({ kind: 'removed', was });
  return changes.sort((a, b) => (shiftOfChange(a).startsAt < shiftOfChange(b).startsAt ? -1 : 1));
}

/** As the server takes it: exactly the fields that differ, what they were, and what the clock showed. */
export function wireChange(change: DraftChange, timeZone: string, now: Instant): RotaChange {
  switch (change.kind) {
    case 'added': {
      const { is } = change;
      return { change: 'add', shift: is.id, fields: fieldsOfShift(is), wall: wallOf(is, timeZone) };
    }
    case 'removed':
      return { change: 'remove', shift: change.was.id, was: fieldsOfShift(change.was) };
    case 'changed': {
      const { was, is } = change;
      const edit = editOf(fieldsOfShift(was), fieldsOfShift(is)) ?? { was: {}, becomes: {} };
      return {
        change: 'edit',
        shift: is.id,
        edit,
        wall: wallOf(is, timeZone),
        ...(was.startsAt <= now ? { isRunning: true as const } : {}),
      };
    }
  }
}

/** Somebody else changed what one wanted to change. null: removed. */
export interface Meeting {
  readonly id: string;
  readonly mine: Shift | null;
  readonly theirs: Shift | null;
}

/** The same wishes on the week as it is now: what still applies is applied, the rest is for the person to choose; until then theirs stands. */
export function rebased(
  changes: readonly DraftChange[],
  now: RotaWeek,
  setting: { readonly timeZone: string; readonly now: Instant },
): { readonly shifts: readonly Shift[]; readonly meetings: readonly Meeting[] } {
  let week = now;
  const meetings: Meeting[] = [];
  for (const change of changes) {
    const wire = wireChange(change, setting.timeZone, setting.now);
    const applied = applyRotaChange(week, wire, { ...setting, otherWeek: () => null });
    if (applied.ok) {
      week = applied.value;
      continue;
    }
    const { id } = shiftOfChange(change);
    meetings.push({
      id,
      mine: change.kind === 'removed' ? null : change.is,
      theirs: now.shifts.find((shift) => shift.id === id) ?? null,
    });
  }
  return { shifts: week.shifts, meetings };
}

/** The choice for one's own: the shift as wanted, or gone. */
export const withMine = (shifts: readonly Shift[], { id, mine }: Meeting): readonly Shift[] => {
  const others = shifts.filter((shift) => shift.id !== id);
  return mine === null ? others : [...others, mine];
};
