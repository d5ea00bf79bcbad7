import {
  addMinutes,
  addMs,
  earliest,
  instantToMs,
  latest,
  minutesBetween,
  type Instant,
} from '#shared/lib/instant.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { Consult, ConsultClock } from './consult.ts';
import { isOpen, type ClockName, type Targets } from './vocabulary.ts';

/** What can run out: the three clocks, the promise to come, the wait for information. */
export type DueName = ClockName | 'promise' | 'info';
export interface Due {
  readonly clock: DueName;
  readonly dueAt: Instant;
}

/** One wait for information; `until` null: it goes on. `dueAt`: its own clock, at which the pause ends at the latest. */
export interface Wait {
  readonly since: Instant;
  readonly dueAt: Instant;
  readonly until: Instant | null;
}

export interface Stop {
  readonly event: EventId;
  readonly at: Instant;
}

/** When a wait that begins at `since` runs out: the acknowledge target, against the requesting side. */
export const waitDueAt = (since: Instant, targets: Targets): Instant =>
  addMinutes(since, targets.acknowledged);

/**
 * One clock from its start, target, stop and the waits that paused it (oldest first; [] for a clock that never pauses).
 * A wait moves the due time only when it began before that time: asking a question does not undo a breach.
 */
export function clockOf(
  startsAt: Instant,
  targetMinutes: number,
  stop: Stop | null,
  waits: readonly Wait[],
): ConsultClock {
  let dueAt = addMinutes(startsAt, targetMinutes);
  let paused = false;
  for (const wait of waits) {
    const from = latest(wait.since, startsAt);
    if (from >= dueAt || (stop !== null && from >= stop.at)) continue;
    let to = wait.until === null ? wait.dueAt : earliest(wait.until, wait.dueAt);
    if (stop !== null) to = earliest(to, stop.at);
    if (to > from) dueAt = addMs(dueAt, instantToMs(to) - instantToMs(from));
    if (wait.until === null && stop === null) paused = true;
  }
  return { startsAt, dueAt, stoppedAt: stop?.at ?? null, stoppedBy: stop?.event ?? null, paused };
}

const clockNames: readonly ClockName[] = ['acknowledged', 'seen', 'completed'];

/** Everything that runs for this consult, earliest first; [] once it has ended, and before the server has taken it. */
export function runningDues(consult: Consult): Due[] {
  if (!isOpen(consult.status)) return [];
  const dues: Due[] = [];
  if (consult.promise !== null) dues.push({ clock: 'promise', dueAt: consult.promise.dueAt });
  if (consult.infoWait !== null) dues.push({ clock: 'info', dueAt: consult.infoWait.dueAt });
  if (consult.clocks !== null) {
    for (const clock of clockNames) {
      const { dueAt, stoppedAt } = consult.clocks[clock];
      if (stoppedAt === null) dues.push({ clock, dueAt });
    }
  }
  return dues.sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0));
}

/** What runs out first, or ran out longest ago: what lists are ordered by. */
export const nextDue = (consult: Consult): Due | null => runningDues(consult)[0] ?? null;

/** What has run out at `now`, longest ago first. */
export const breaches = (consult: Consult, now: Instant): Due[] =>
  runningDues(consult).filter((due) => due.dueAt <= now);

/** Minutes until the next due time, not rounded; negative once it has passed; null when nothing runs. */
export function timeLeftMinutes(consult: Consult, now: Instant): number | null {
  const due = nextDue(consult);
  return due === null ? null : minutesBetween(now, due.dueAt);
}

/** A clock stands still at `now`: information is awaited and the wait has not run out yet. */
export const isPausedAt = (consult: Consult, clock: ClockName, now: Instant): boolean =>
  consult.clocks !== null &&
  consult.clocks[clock].paused &&
  consult.infoWait !== null &&
  now < consult.infoWait.dueAt;
