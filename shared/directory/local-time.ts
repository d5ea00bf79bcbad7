import { instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';

/** YYYY-MM-DD in the hospital's time zone. */
export type LocalDate = string;
/** ISO 8601 week of the hospital's time zone, such as 2026-W10. */
export type IsoWeek = string;

export interface LocalTime {
  readonly date: LocalDate;
  /** HH:MM, 00:00 to 23:59. */
  readonly time: string;
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
}

const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for a zone that does not exist. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}

/** What a clock on the wall shows, counted as if it were UTC; seconds kept, milliseconds dropped. */
function wallMs(atMs: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(new Date(atMs))) {
    if (type !== 'literal') parts[type] = Number(value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** How far the wall is ahead of UTC at that moment. */
const offsetMs = (atMs: number, timeZone: string): number =>
  wallMs(atMs, timeZone) - Math.floor(atMs / 1000) * 1000;

const dateOfMs = (ms: number): LocalDate => new Date(ms).toISOString().slice(0, 10);
const msOfDate = (date: LocalDate): number => Date.parse(`${date}T00:00:00.000Z`);
const weekdayOfMs = (ms: number): number => ((new Date(ms).getUTCDay() + 6) % 7) + 1;

export function localTimeOf(at: Instant, timeZone: string): LocalTime {
  const wall = wallMs(instantToMs(at), timeZone);
  return {
    date: dateOfMs(wall),
    time: new Date(wall).toISOString().slice(11, 16),
    weekday: weekdayOfMs(wall),
  };
}

/**
 * The moment at which the hospital's clock shows `time` (HH:MM) on `date`. A time shown twice, when summer time ends, is the first of the
 * two; a time never shown, when it begins, is as much later as the clock was put forward (02:30 becomes 03:30). So a turn that ends at such
 * a time ends exactly where the next one begins. Throws RangeError for text that is no date, time or zone.
 */
export function instantOfLocal(date: LocalDate, time: string, timeZone: string): Instant {
  const wall = Date.parse(`${date}T${time}:00.000Z`);
  if (Number.isNaN(wall)) throw new RangeError('not a local time');
  const before = offsetMs(wall - dayMs, timeZone);
  const after = offsetMs(wall + dayMs, timeZone);
  const shown = [before, after]
    .map((offset) => wall - offset)
    .filter((ms) => wallMs(ms, timeZone) === wall)
    .sort((a, b) => a - b);
  return msToInstant(shown[0] ?? wall - before);
}

/** Minutes on the wall from one moment to another: a night of eleven real hours when summer time begins still counts twelve. */
export const wallMinutesBetween = (from: Instant, to: Instant, timeZone: string): number =>
  (wallMs(instantToMs(to), timeZone) - wallMs(instantToMs(from), timeZone)) / minuteMs;

export const addDays = (date: LocalDate, days: number): LocalDate => dateOfMs(msOfDate(date) + days * dayMs);
export const weekdayOf = (date: LocalDate): number => weekdayOfMs(msOfDate(date));

/** The ISO week a day belongs to: the year is that of the week's Thursday. */
export function weekOfDate(date: LocalDate): IsoWeek {
  const thursday = new Date(msOfDate(addDays(date, 4 - weekdayOf(date))));
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`;
}

export const weekOf = (at: Instant, timeZone: string): IsoWeek => weekOfDate(localTimeOf(at, timeZone).date);

/** Monday to Sunday; null for a week the year does not have, such as 2026-W54. */
export function daysOfWeek(week: IsoWeek): readonly LocalDate[] | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(week);
  if (match === null) return null;
  // The fourth of January lies in the first week of every year.
  const fourth = `${match[1] ?? ''}-01-04`;
  const monday = addDays(fourth, 1 - weekdayOf(fourth) + (Number(match[2]) - 1) * 7);
  return weekOfDate(monday) === week ? [0, 1, 2, 3, 4, 5, 6].map((day) => addDays(monday, day)) : null;
}
