import type { Shift } from '#shared/directory/rota.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { shiftWords, tierWord } from '../rota-words.ts';
import type { DraftChange } from './draft.ts';

/** "Dr Siddiq, first on call, Mon 2 Mar, 20:00–08:00" */
export const turnWords = (shift: Shift, work: Workspace): string =>
  [
    work.nameOf(shift.person),
    tierWord(shift.tier),
    shiftWords({ from: shift.startsAt, until: shift.endsAt }, work.times),
    ...(shift.override === null ? [] : [m.rota_edit_cover()]),
  ].join(', ');

/** One line of what is not saved yet; of a change what it was and what it becomes. */
export function changeWords(change: DraftChange, work: Workspace): string {
  switch (change.kind) {
    case 'added':
      return m.rota_change_added({ turn: turnWords(change.is, work) });
    case 'removed':
      return m.rota_change_removed({ turn: turnWords(change.was, work) });
    case 'changed':
      return m.rota_change_changed({ was: turnWords(change.was, work), is: turnWords(change.is, work) });
  }
}
