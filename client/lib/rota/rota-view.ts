import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import {
  addDays,
  daysOfWeek,
  instantOfLocal,
  localTimeOf,
  weekOf,
  weekOfDate,
  type IsoWeek,
  type LocalDate,
} from '#shared/directory/local-time.ts';
import { activeShifts, tiers } from '#shared/directory/on-call.ts';
import { usedTiers } from '#shared/directory/rota-gaps.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import { turnAfter, turnAt, turns, type Turn } from '#shared/directory/turns.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, msBetween, type Instant } from '#shared/lib/instant.ts';
import { rotaWindow } from '#shared/sync/rota-window.ts';

const dayMs = 24 * 60 * 60_000;
/** Further away nobody asks for the hour. */
const farMs = 7 * dayMs;

/** Tiers that are looked for, and those somebody has a shift in all the same. */
export function tiersOf(directory: Directory, department: DepartmentId): Tier[] {
  const known = directory.departments.get(department);
  const used = known === undefined ? [] : usedTiers(directory, known);
  return tiers.filter((tier) => used.includes(tier) || activeShifts(directory, department, tier).length > 0);
}

export interface TierNow {
  readonly tier: Tier;
  /** null: nobody. */
  readonly person: PersonId | null;
  /** null: for so long that the hour says nothing. */
  readonly until: Instant | null;
  /** Who comes next, and from when; null: nobody is foreseen. */
  readonly next: { readonly person: PersonId; readonly from: Instant } | null;
}

/** Who has each tier at this moment and who comes after. */
export function tiersNow(directory: Directory, department: DepartmentId, now: Instant): TierNow[] {
  return tiersOf(directory, department).map((tier) => {
    const { person, until } = turnAt(directory, department, tier, now);
    const next = turnAfter(directory, department, tier, now);
    return {
      tier,
      person,
      until: msBetween(now, until) > farMs ? null : until,
      next: next === null ? null : { person: next.person, from: next.from },
    };
  });
}

/** A turn as it stands in one day of the week. */
export interface DayTurn extends Turn {
  /** It began before this day. */
  readonly goesOn: boolean;
  /** It ends after the coming midnight and a whole day: its hours say less than "all day". */
  readonly allDay: boolean;
}

export interface RotaDay {
  readonly date: LocalDate;
  /** Midnight at which it begins. */
  readonly from: Instant;
  readonly cells: readonly { readonly tier: Tier; readonly turns: readonly DayTurn[] }[];
}

/**
 * A week of a department, day by day and tier by tier: the turns that begin on the day, and where none does the one that goes on. What goes on into Monday
 * is said on Monday.
 */
export function rotaWeekOf(
  directory: Directory,
  department: DepartmentId,
  week: IsoWeek,
  timeZone: string,
): RotaDay[] {
  const dates = daysOfWeek(week) ?? [];
  const midnights = dates.map((date) => instantOfLocal(date, '00:00', timeZone));
  const [first] = midnights;
  const lastDate = dates.at(-1);
  if (first === undefined || lastDate === undefined) return [];
  const end = instantOfLocal(addDays(lastDate, 1), '00:00', timeZone);
  // The turns that reach beyond the week are shown with their own hours.
  const byTier = tiersOf(directory, department).map((tier) => ({
    tier,
    turns: turns(directory, department, tier, addMinutes(first, -2 * 1440), addMinutes(end, 2 * 1440)),
  }));
  return dates.map((date, at) => {
    const from = midnights[at] ?? first;
    const until = midnights[at + 1] ?? end;
    const cells = byTier.map(({ tier, turns: all }) => {
      const here = all.filter((turn) => turn.from < until && turn.until > from);
      const beginning = here.filter((turn) => turn.from >= from);
      const shown = at === 0 || beginning.length === 0 ? here : beginning;
      return {
        tier,
        turns: shown.map((turn) => ({
          ...turn,
          goesOn: turn.from < from,
          allDay: turn.from <= from && turn.until >= until,
        })),
      };
    });
    return { date, from, cells };
  });
}

/** The directory with weeks that were read from the server in place of the tablet's own. */
export function withWeeks(directory: Directory, weeks: readonly RotaWeek[]): Directory {
  if (weeks.length === 0) return directory;
  const ids = new Set(weeks.map(({ id }) => id));
  return { ...directory, rotaWeeks: [...directory.rotaWeeks.filter(({ id }) => !ids.has(id)), ...weeks] };
}

/** Whether a tablet keeps a week; of others it would see nothing but gaps that are none. */
export function isKept(week: IsoWeek, now: Instant, timeZone: string): boolean {
  const { from, until } = rotaWindow(now, timeZone);
  return from <= week && week <= until;
}

export interface OwnTurn {
  readonly department: DepartmentId;
  readonly tier: Tier;
  readonly from: Instant;
  readonly until: Instant;
  readonly isNow: boolean;
}

/** A person's own turns of the coming `days`, over all departments, the first one first. */
export function ownTurns(directory: Directory, person: PersonId, now: Instant, days = 14): OwnTurn[] {
  const until = addMinutes(now, days * 1440);
  const departments = new Set(
    directory.rotaWeeks
      .filter((week) => week.shifts.some((shift) => shift.person === person && shift.endsAt > now))
      .map(({ department }) => department),
  );
  const found: OwnTurn[] = [];
  for (const department of departments) {
    for (const tier of tiers) {
      const begun = turnAt(directory, department, tier, now);
      // A turn that goes on beyond the last day is shown with its own end.
      for (const turn of turns(directory, department, tier, now, addMinutes(until, 2 * 1440))) {
        if (turn.person !== person || turn.from >= until) continue;
        const isNow = turn.from === now;
        found.push({ department, tier, from: isNow ? begun.from : turn.from, until: turn.until, isNow });
      }
    }
  }
  return found.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

/** The week `weeks` away from the one that holds `now`. */
export function weekAway(now: Instant, timeZone: string, weeks: number): IsoWeek {
  const { date } = localTimeOf(now, timeZone);
  return weeks === 0 ? weekOf(now, timeZone) : weekOfDate(addDays(date, 7 * weeks));
}

/** The rota's page for a department ('': the reader's own), which leads back to where the reader came from. */
export function rotaAddress(department: string, fromAdmin: boolean): string {
  const query = [
    ...(department === '' ? [] : [`department=${department}`]),
    ...(fromAdmin ? ['from=admin'] : []),
  ].join('&');
  return query === '' ? '/rota' : `/rota?${query}`;
}
