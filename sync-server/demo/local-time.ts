import { addMinutes, instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';

/** The demo hospital lies in Karachi: five hours ahead of UTC all year, no summer time. */
export const demoTimeZone = 'Asia/Karachi';
const offsetMinutes = 5 * 60;
const dayMs = 24 * 60 * 60_000;

/** Midnight of the local day that lies `days` after the day of `now`. */
export function localMidnight(now: Instant, days: number): Instant {
  const localMs = instantToMs(now) + offsetMinutes * 60_000;
  const dayStartMs = Math.floor(localMs / dayMs) * dayMs;
  return addMinutes(msToInstant(dayStartMs + days * dayMs), -offsetMinutes);
}

/** 0 is Monday, 6 is Sunday, by the local calendar. */
export function localWeekday(at: Instant): number {
  return (new Date(instantToMs(addMinutes(at, offsetMinutes))).getUTCDay() + 6) % 7;
}

/** The local date, YYYY-MM-DD. */
export const localDate = (at: Instant): string => addMinutes(at, offsetMinutes).slice(0, 10);
export const localYear = (at: Instant): number => Number(localDate(at).slice(0, 4));

/** ISO 8601 week of the local day, such as 2026-W47. */
export function localWeek(at: Instant): string {
  const localMs = instantToMs(addMinutes(at, offsetMinutes));
  // The week belongs to the year of its Thursday.
  const thursday = new Date(localMs + (3 - localWeekday(at)) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return `${year}-W${String(week).padStart(2, '0')}`;
}
