import { msBetween, type Instant } from '#shared/lib/instant.ts';
import type { Times } from '$lib/time/times.ts';
import type { StoryLine } from './story-line.ts';

/** Shift of the day: the ward's three, by the hour in the hospital. */
export function shiftOf(hour: number): 'morning' | 'evening' | 'night' {
  if (hour >= 8 && hour < 14) return 'morning';
  return hour >= 14 && hour < 20 ? 'evening' : 'night';
}

export interface Chapter {
  readonly key: string;
  readonly day: Instant;
  readonly shift: ReturnType<typeof shiftOf>;
  readonly lines: readonly StoryLine[];
}

/** The story by day and shift; a night belongs to the evening it began on. Order is kept. */
export function chaptersOf(lines: readonly StoryLine[], times: Times): Chapter[] {
  const chapters: { key: string; day: Instant; shift: Chapter['shift']; lines: StoryLine[] }[] = [];
  for (const line of lines) {
    const shift = shiftOf(times.hourOf(line.at));
    const last = chapters.at(-1);
    const sameNight =
      last?.shift === 'night' &&
      shift === 'night' &&
      msBetween(last.lines[0]?.at ?? line.at, line.at) < 12 * 60 * 60_000;
    if (
      last !== undefined &&
      last.shift === shift &&
      (sameNight || times.dayOf(last.day) === times.dayOf(line.at))
    )
      last.lines.push(line);
    else chapters.push({ key: line.key, day: line.at, shift, lines: [line] });
  }
  return chapters;
}
