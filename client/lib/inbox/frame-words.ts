import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';
import type { Freshness } from '$lib/ui/connection/freshness.ts';

/** What a list says of its own age; null as long as it can be trusted to hold them all. */
export function staleWords(fresh: Freshness): string | null {
  if (fresh.level === 'never') return m.inbox_stale_never();
  return fresh.level === 'red' ? m.inbox_stale({ time: minutesWords(fresh.minutes) }) : null;
}

export interface InboxCounts {
  readonly department: number;
  readonly mine: number;
}

/** `isWhole` false: something may be missing here; "none" is then not known, and no number is shown. */
export function inboxTabs(
  counts: InboxCounts,
  isWhole: boolean,
): readonly {
  readonly value: 'department' | 'mine';
  readonly words: string;
  readonly count: number | null;
}[] {
  const known = (count: number): number | null => (count === 0 && !isWhole ? null : count);
  return [
    { value: 'department', words: m.inbox_department(), count: known(counts.department) },
    { value: 'mine', words: m.inbox_mine(), count: known(counts.mine) },
  ];
}
