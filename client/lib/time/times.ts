import { instantToMs, type Instant } from '#shared/lib/instant-arithmetic.ts';

const dayMs = 24 * 60 * 60_000;

/** How moments are written, in the hospital's time zone and the person's language. */
export interface Times {
  /** "14:02" */
  clock(at: Instant): string;
  /** "14:02:03", where seconds are what is looked at. */
  second(at: Instant): string;
  /** "14:02" within the last or next day, else "Sun 22 Nov, 14:02". */
  moment(at: Instant, now: Instant): string;
  /** "Sun 22 Nov, 14:02", always: what a tap on a relative time shows. */
  exact(at: Instant): string;
  /** "22 Nov 1963" for a plain date (YYYY-MM-DD). */
  date(date: string): string;
  /** Which day it was there: sorts and compares as text (YYYY-MM-DD). */
  dayOf(at: Instant): string;
  /** Hour of the day there, 0 to 23. */
  hourOf(at: Instant): number;
  /** "Sun 22 Nov" */
  day(at: Instant): string;
}

/** Day before month, as every ward in the country writes it. */
const languageTags: Readonly<Record<string, string>> = { en: 'en-GB' };

/** A formatter costs a slow tablet some ten milliseconds to make. */
function onceNeeded(tag: string, options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  let made: Intl.DateTimeFormat | null = null;
  return () => (made ??= new Intl.DateTimeFormat(tag, options));
}

/** `timeZone` null while the organisation is not known: the device's own. Throws RangeError for a zone that does not exist. */
export function createTimes(locale: string, timeZone: string | null): Times {
  const tag = languageTags[locale] ?? locale;
  const zone = timeZone === null ? {} : { timeZone };
  const clock = onceNeeded(tag, { ...zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const second = onceNeeded(tag, {
    ...zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const day = onceNeeded(tag, { ...zone, weekday: 'short', day: 'numeric', month: 'short' });
  const plain = onceNeeded(tag, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
  const iso = onceNeeded('en-CA', { ...zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const hour = onceNeeded('en-GB', { ...zone, hour: '2-digit', hourCycle: 'h23' });
  // The one that is always needed also says whether there is such a zone.
  clock();
  const when = (at: Instant): Date => new Date(instantToMs(at));
  const dayWords = (at: Instant): string => day().format(when(at)).replaceAll(',', '');
  const exact = (at: Instant): string => `${dayWords(at)}, ${clock().format(when(at))}`;
  return {
    clock: (at) => clock().format(when(at)),
    second: (at) => second().format(when(at)),
    moment: (at, now) =>
      Math.abs(instantToMs(now) - instantToMs(at)) < dayMs ? clock().format(when(at)) : exact(at),
    exact,
    date: (date) => plain().format(new Date(`${date}T00:00:00Z`)),
    dayOf: (at) => iso().format(when(at)),
    hourOf: (at) => Number(hour().format(when(at))),
    day: dayWords,
  };
}
