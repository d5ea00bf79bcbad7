import type { Born } from './content.ts';

export interface AgeParts {
  readonly value: number;
  readonly unit: 'years' | 'months' | 'days';
  /** The birth date is not known: the age was told on some day and has been counted on from there. */
  readonly approximate: boolean;
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function dayOf(date: string): Day {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return { year, month, day };
}

const dayNumber = ({ year, month, day }: Day): number =>
  Math.floor(Date.UTC(year, month - 1, day) / 86_400_000);
const monthsBetween = (from: Day, to: Day): number =>
  (to.year - from.year) * 12 + (to.month - from.month) - (to.day < from.day ? 1 : 0);

/** Under a month in days, under two years in months, then in years: as a ward says it. */
function inWords(months: number, days: number): { value: number; unit: AgeParts['unit'] } {
  if (months < 1) return { value: Math.max(0, days), unit: 'days' };
  return months < 24 ? { value: months, unit: 'months' } : { value: Math.floor(months / 12), unit: 'years' };
}

/**
 * The pieces of "62 y" or "5 months" on a day; null when nobody knows. `today` is a date (YYYY-MM-DD) of the hospital's time zone.
 * A birth date that lies ahead counts as 0 days.
 */
export function ageParts(born: Born, today: string): AgeParts | null {
  const to = dayOf(today);
  switch (born.kind) {
    case 'unknown':
      return null;
    case 'date': {
      const from = dayOf(born.date);
      return { ...inWords(monthsBetween(from, to), dayNumber(to) - dayNumber(from)), approximate: false };
    }
    case 'age': {
      const since = dayOf(born.asOf);
      const months = Math.max(0, monthsBetween(since, to));
      const days = Math.max(0, dayNumber(to) - dayNumber(since));
      if (born.unit === 'years') {
        return { value: born.value + Math.floor(months / 12), unit: 'years', approximate: true };
      }
      const oldMonths =
        born.unit === 'months' ? born.value + months : Math.floor((born.value + days) / 30.44);
      return { ...inWords(oldMonths, born.unit === 'days' ? born.value + days : 0), approximate: true };
    }
  }
}
