import { isTimeZone, weekOf, type IsoWeek } from '#shared/directory/local-time.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';

/** First and last week of the rota that tablets hold, both included. Written so, weeks sort like text. */
export interface RotaWindow {
  readonly from: IsoWeek;
  readonly until: IsoWeek;
}

const dayMinutes = 24 * 60;
/** No turn is longer than a day, so whoever is on duty now began within it. */
const heldDaysBack = 1;
/** Fourteen days, today among them. */
const heldDaysAhead = 13;

/**
 * The weeks that have yesterday, today and the thirteen days after: three on any day of the week. `asOf` is the server's time. A time zone that nobody
 * knows counts as UTC: it must not keep a hospital from its patients.
 */
export function rotaWindow(asOf: Instant, timeZone: string): RotaWindow {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  return {
    from: weekOf(addMinutes(asOf, -heldDaysBack * dayMinutes), zone),
    until: weekOf(addMinutes(asOf, heldDaysAhead * dayMinutes), zone),
  };
}

const rotaId = /^rota:[0-9a-f-]{36}:(\d{4}-W\d{2})$/;

/** Whether tablets hold a directory document at that time: weeks of the rota come and go, all else is always held. */
export function inRotaWindow(id: string, { from, until }: RotaWindow): boolean {
  const week = rotaId.exec(id)?.[1];
  return week === undefined || (from <= week && week <= until);
}
