import { m } from '$lib/paraglide/messages.js';
import type { TimeLeft } from './time-left.ts';

/** "12 min", "2 h 5 min", "3 days": short enough to be the largest thing on a card. */
export function minutesWords(minutes: number): string {
  if (minutes < 60) return m.common_minutes({ minutes });
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return m.common_days({ days: Math.floor(hours / 24) });
  const rest = minutes % 60;
  // Beyond half a day the minutes say nothing that anybody acts on.
  return rest === 0 || hours >= 12
    ? m.common_hours({ hours })
    : m.common_hours_minutes({ hours, minutes: rest });
}

export function timeLeftWords(left: TimeLeft): string {
  switch (left.state) {
    case 'plenty':
    case 'soon':
      return minutesWords(left.minutes);
    case 'late':
      return left.minutes < 1 ? m.common_due_now() : m.common_late({ time: minutesWords(left.minutes) });
    case 'paused':
      return m.common_paused();
    case 'none':
      return '–';
  }
}
