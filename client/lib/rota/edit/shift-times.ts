import {
  addDays,
  instantOfLocal,
  localTimeOf,
  weekOf,
  type IsoWeek,
  type LocalDate,
} from '#shared/directory/local-time.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { addMinutes, instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

type Times = Pick<Shift, 'startsAt' | 'endsAt'>;

/** Steps of the keyboard, and the finest of a finger. */
export const stepMinutes = 30;
/** A finger this near to the hour means the hour. */
const nearHourMinutes = 18;

/** A local time of day some minutes later or earlier, over midnight too. */
function shifted(at: Instant, minutes: number, timeZone: string): Instant {
  const { date, time } = localTimeOf(at, timeZone);
  const wall = new Date(Date.parse(`${date}T${time}:00.000Z`) + minutes * 60_000).toISOString();
  return instantOfLocal(wall.slice(0, 10), wall.slice(11, 16), timeZone);
}

/** The nearest whole or half hour of the hospital's clock, whole ones reaching further. */
export function snapped(at: Instant, timeZone: string): Instant {
  const { time } = localTimeOf(at, timeZone);
  const minute = Number(time.slice(3));
  const to = minute <= nearHourMinutes ? 0 : minute >= 60 - nearHourMinutes ? 60 : 30;
  return shifted(at, to - minute, timeZone);
}

const wallMinutes = (at: Instant, timeZone: string): number => {
  const { date, time } = localTimeOf(at, timeZone);
  return Date.parse(`${date}T${time}:00.000Z`) / 60_000;
};

/** Both ends moved alike on the wall: a turn of twelve hours on the wall stays one, whatever summer time does. */
export function moved<T extends Times>(shift: T, minutes: number, timeZone: string): T {
  const startsAt = snapped(shifted(shift.startsAt, minutes, timeZone), timeZone);
  const by = wallMinutes(startsAt, timeZone) - wallMinutes(shift.startsAt, timeZone);
  return { ...shift, startsAt, endsAt: shifted(shift.endsAt, by, timeZone) };
}

/** One end moved; null where nothing would be left, or more than a day. */
export function resized<T extends Times>(
  shift: T,
  end: 'startsAt' | 'endsAt',
  minutes: number,
  timeZone: string,
): T | null {
  const next = { ...shift, [end]: snapped(shifted(shift[end], minutes, timeZone), timeZone) };
  const length = wallMinutes(next.endsAt, timeZone) - wallMinutes(next.startsAt, timeZone);
  return length >= stepMinutes && length <= 1440 ? next : null;
}

/** Whether a turn may begin there: in this week, and not in the past. */
export const mayBegin = (at: Instant, week: string, timeZone: string, now: Instant): boolean =>
  at >= now && weekOf(at, timeZone) === week;

/** Which of the two does not exist on its day: the clock is put forward over it. */
export type NoSuchTime = 'start' | 'end';

/** What a form says as moments. An end at or before the start lies on the next day. Times of day are HH:MM. */
export function timesOf(
  date: LocalDate,
  start: string,
  end: string,
  timeZone: string,
): Result<Times, NoSuchTime> {
  const endDate = end > start ? date : addDays(date, 1);
  const startsAt = instantOfLocal(date, start, timeZone);
  const endsAt = instantOfLocal(endDate, end, timeZone);
  if (localTimeOf(startsAt, timeZone).time !== start) return err('start');
  if (localTimeOf(endsAt, timeZone).time !== end) return err('end');
  return ok({ startsAt, endsAt });
}

/** What begins now would have begun by the time it is saved: how long that takes, and which minutes are offered. */
export interface Pace {
  readonly soonMinutes: number;
  readonly stepMinutes: number;
}
export const usualPace: Pace = { soonMinutes: 5, stepMinutes: 15 };
/** Where nobody is on call now every minute counts: only the time it takes to choose a name. */
export const hurriedPace: Pace = { soonMinutes: 1, stepMinutes: 1 };

function soonAfter(now: Instant, { soonMinutes, stepMinutes: step }: Pace): Instant {
  const stepMs = step * 60_000;
  return msToInstant(Math.ceil((instantToMs(now) + soonMinutes * 60_000) / stepMs) * stepMs);
}

/** The week a turn of the usual kind can still begin in: late on Sunday the next one. */
export const weekToPlan = (now: Instant, timeZone: string): IsoWeek =>
  weekOf(soonAfter(now, usualPace), timeZone);

/**
 * A new turn as the form proposes it: as wanted, or as soon as possible where that is over. null: nothing can begin in this week any more, as late on
 * Sunday; the page of the next week is the right one.
 */
export function proposedTurn(
  { startsAt, endsAt }: Times,
  setting: { readonly now: Instant; readonly week: IsoWeek; readonly timeZone: string },
  pace: Pace = usualPace,
): Times | null {
  const { now, week, timeZone } = setting;
  const from = [startsAt, soonAfter(now, pace), soonAfter(now, hurriedPace)].find((at) =>
    mayBegin(at, week, timeZone, now),
  );
  return from === undefined
    ? null
    : { startsAt: from, endsAt: endsAt > from ? endsAt : addMinutes(from, 60) };
}
