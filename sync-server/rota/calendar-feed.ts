import { createHash } from 'node:crypto';
import ical, { ICalCalendarMethod } from 'ical-generator';
import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { tiers } from '#shared/directory/on-call.ts';
import { turns } from '#shared/directory/turns.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, instantToMs, type Instant } from '#shared/lib/instant.ts';

const dayMinutes = 24 * 60;
const backMinutes = 30 * dayMinutes;
const aheadMinutes = 90 * dayMinutes;
/** A turn that reaches over the edge keeps its true beginning. */
const slackMinutes = 8 * dayMinutes;
const askAgainSeconds = 60 * 60;

const tierWords: Readonly<Record<Tier, string>> = {
  first: 'First on call',
  second: 'Second on call',
  consultant: 'Consultant on call',
};

interface CalendarTurn {
  readonly department: DepartmentId;
  readonly tier: Tier;
  readonly from: Instant;
  readonly until: Instant;
}

/** The turns a person truly has, overrides and swaps counted, from 30 days back to 90 ahead, in order. */
function calendarTurns(directory: Directory, person: PersonId, now: Instant): CalendarTurn[] {
  const from = addMinutes(now, -backMinutes);
  const until = addMinutes(now, aheadMinutes);
  const departments = new Set(
    directory.rotaWeeks
      .filter(({ shifts }) => shifts.some((shift) => shift.person === person && shift.endsAt > from))
      .map(({ department }) => department),
  );
  const found = [...departments].flatMap((department) =>
    tiers.flatMap((tier) =>
      turns(
        directory,
        department,
        tier,
        addMinutes(from, -slackMinutes),
        addMinutes(until, slackMinutes),
      ).flatMap((turn) =>
        turn.person === person && turn.until > from && turn.from < until
          ? [{ department, tier, from: turn.from, until: turn.until }]
          : [],
      ),
    ),
  );
  return found.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.tier < b.tier ? -1 : 1));
}

/** The same turn keeps its id when its end is moved, so that a calendar changes it and does not double it. */
const uidOf = (person: PersonId, { department, tier, from }: CalendarTurn, host: string): string =>
  `${createHash('sha256').update([person, department, tier, from].join(' ')).digest('hex').slice(0, 32)}@${host}`;

/**
 * A person's turns as an iCalendar file. Moments are written in UTC, which every calendar shows in its owner's zone on both days of a change of
 * the clock; no zone of ours has to be believed. Names departments and tiers and nothing else.
 */
export function calendarFile(
  directory: Directory,
  person: PersonId,
  { now, publicOrigin }: { readonly now: Instant; readonly publicOrigin: string },
): string {
  const { host } = new URL(publicOrigin);
  const calendar = ical({
    name: `On call, ${directory.organisation?.name ?? 'Hospital Consult'}`,
    prodId: { company: 'Hospital Consult', product: 'Rota', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: askAgainSeconds,
  });
  const at = (moment: Instant): Date => new Date(instantToMs(moment));
  for (const turn of calendarTurns(directory, person, now)) {
    const department = directory.departments.get(turn.department);
    calendar.createEvent({
      id: uidOf(person, turn, host),
      start: at(turn.from),
      end: at(turn.until),
      stamp: at(now),
      summary: `${tierWords[turn.tier]}${department === undefined ? '' : `, ${department.name}`}`,
      url: `${publicOrigin}/rota?department=${turn.department}`,
    });
  }
  return calendar.toString();
}
