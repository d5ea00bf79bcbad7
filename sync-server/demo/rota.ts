import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { RotaWeek, Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMinutes, minutesBetween, type Instant } from '#shared/lib/instant.ts';
import { departmentCodes, type DepartmentCode, type Departments } from './departments.ts';
import { localMidnight, localWeek, localWeekday } from './local-time.ts';
import type { Team, Teams } from './staff.ts';

const hour = 60;
/** Local times at which turns change. */
const dayStartsHour = 8;
const nightStartsHour = 20;

interface Turn {
  readonly tier: Tier;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** The turns that begin on one local day. */
function turnsOf(midnight: Instant, administrative: boolean): Turn[] {
  const at = (hours: number): Instant => addMinutes(midnight, hours * hour);
  const nextDay = at(24 + dayStartsHour);
  if (administrative) return [{ tier: 'first', startsAt: at(dayStartsHour), endsAt: nextDay }];
  return [
    { tier: 'first', startsAt: at(dayStartsHour), endsAt: at(nightStartsHour) },
    { tier: 'first', startsAt: at(nightStartsHour), endsAt: nextDay },
    { tier: 'second', startsAt: at(dayStartsHour), endsAt: nextDay },
    { tier: 'consultant', startsAt: at(dayStartsHour), endsAt: nextDay },
  ];
}

const listOf = (team: Team, tier: Tier): readonly Person[] =>
  tier === 'first' ? team.firstTier : tier === 'second' ? team.secondTier : team.consultants;

/** Turns go round the list so that the first of it is on duty at `now`: those who sign in to the demo find themselves on call. */
function onDuty(team: Team, turn: Turn, now: Instant): Person {
  const list = listOf(team, turn.tier);
  const lengthMinutes = minutesBetween(turn.startsAt, turn.endsAt);
  const turnsAway = Math.ceil(minutesBetween(now, turn.startsAt) / lengthMinutes);
  const person = list[((turnsAway % list.length) + list.length) % list.length];
  if (person === undefined) throw new Error('nobody to be on duty');
  return person;
}

function weekOf(code: DepartmentCode, monday: Instant, { departments, teams, now }: RotaPlan): RotaWeek {
  const department = departments[code].id;
  const shifts = [0, 1, 2, 3, 4, 5, 6]
    .flatMap((day) => turnsOf(addMinutes(monday, day * 24 * hour), code === 'ADMIN'))
    .map((turn): Shift => ({
      id: `${turn.tier}-${turn.startsAt.slice(0, 13).toLowerCase()}`,
      ...turn,
      person: onDuty(teams[code], turn, now).id,
      override: null,
    }));
  const week = localWeek(monday);
  return { kind: 'rota-week', id: `rota:${department}:${week}`, department, week, shifts };
}

/** In the week after next two doctors of the first tier swap a night, and say who agreed. */
function withSwap(week: RotaWeek, team: Team): RotaWeek {
  const night = week.shifts.find((shift) => shift.tier === 'first' && shift.startsAt.slice(11, 13) === '15');
  const other = team.firstTier.find((person) => person.id !== night?.person);
  if (night === undefined || other === undefined) return week;
  const swap: Shift = {
    ...night,
    id: `${night.id}-swap`,
    person: other.id,
    override: { agreedBy: team.head.id },
  };
  return { ...week, shifts: [...week.shifts, swap] };
}

export interface RotaPlan {
  readonly departments: Departments;
  readonly teams: Teams;
  readonly now: Instant;
}

/** Rota weeks of every department from `fromWeek` to `toWeek`, counted from the present one. */
export function buildRota(plan: RotaPlan, fromWeek: number, toWeek: number): RotaWeek[] {
  const weeks: RotaWeek[] = [];
  const weekday = localWeekday(plan.now);
  for (let week = fromWeek; week <= toWeek; week++) {
    const monday = localMidnight(plan.now, week * 7 - weekday);
    for (const code of departmentCodes) {
      const built = weekOf(code, monday, plan);
      weeks.push(
        week === 1 && (code === 'CARD' || code === 'MED') ? withSwap(built, plan.teams[code]) : built,
      );
    }
  }
  return weeks;
}
