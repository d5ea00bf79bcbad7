import { z } from 'zod';
import { announcementIdOf, type PlannedAlert } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { tiers } from '#shared/directory/on-call.ts';
import { shiftSchema, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import { turns } from '#shared/directory/turns.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Database } from '#server/store/port.ts';
import type { Announcer } from '#server/alerts/announcer.ts';

/** A change further ahead than this is told by nobody: there is time to look. */
const aheadMinutes = 14 * 24 * 60;
/** A change of a turn that begins sooner than this is pressing. */
const pressingMinutes = 24 * 60;

/** The rota week as its people were last told of it. `version` counts the tellings, so that going back is a change of its own. */
const pictureSchema = z.looseObject({
  kind: z.literal('rota-told'),
  version: z.int().min(1),
  shifts: z.array(shiftSchema),
});

/** A person's own turns of a week within the time that is told about, and when the first that differs begins. */
function turnsByPerson(
  week: RotaWeek,
  directory: Directory,
  from: Instant,
  until: Instant,
): Map<PersonId, Map<string, Instant>> {
  const found = new Map<PersonId, Map<string, Instant>>();
  const alone: Directory = { ...directory, rotaWeeks: [week] };
  for (const tier of tiers) {
    for (const turn of turns(alone, week.department, tier, from, until)) {
      if (turn.person === null) continue;
      const own = found.get(turn.person) ?? new Map<string, Instant>();
      own.set(`${tier} ${turn.from} ${turn.until}`, turn.from);
      found.set(turn.person, own);
    }
  }
  return found;
}

const spanOf = (shifts: readonly Shift[], now: Instant): { from: Instant; until: Instant } => {
  const horizon = addMinutes(now, aheadMinutes);
  const ends = shifts.reduce((last, { endsAt }) => latest(last, endsAt), now);
  return { from: now, until: earliest(ends, horizon) };
};

interface Changed {
  readonly person: PersonId;
  readonly firstAt: Instant;
}

/** Whose turns of duty are others than before, between now and 14 days from now, and from when. */
export function changedPersons(
  before: RotaWeek,
  after: RotaWeek,
  directory: Directory,
  now: Instant,
): Changed[] {
  const { from, until } = spanOf([...before.shifts, ...after.shifts], now);
  const [was, is] = [before, after].map((week) => turnsByPerson(week, directory, from, until));
  const nothing = new Map<string, Instant>();
  const persons = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...persons].sort().flatMap((person) => {
    const [old, fresh] = [was?.get(person) ?? nothing, is?.get(person) ?? nothing];
    const differing = [
      ...[...old].filter(([turn]) => !fresh.has(turn)),
      ...[...fresh].filter(([turn]) => !old.has(turn)),
    ].map(([, at]) => at);
    const [first, ...rest] = differing;
    return first === undefined ? [] : [{ person, firstAt: rest.reduce(earliest, first) }];
  });
}

export interface RotaChanges {
  /** Looks at the rota weeks that changed since the last look; tells and remembers. One that fails is looked at again. */
  tick(): Promise<void>;
}

/**
 * Tells people that their shifts changed. What was told last is stored, so a change is told after a restart too, and two gateways that find it at once
 * make the same alerts. A week seen for the first time is remembered and told to nobody.
 */
export function createRotaChanges(deps: {
  readonly meta: Database;
  readonly announcer: Announcer;
  readonly directory: () => Directory;
  readonly now: () => Instant;
}): RotaChanges {
  const { meta, announcer } = deps;
  /** Documents of the directory never change in place, so one that is the same object was looked at. */
  const looked = new Map<string, RotaWeek>();

  async function look(week: RotaWeek, directory: Directory, now: Instant): Promise<void> {
    const id = `rota-told:${week.id}`;
    const stored = await meta.get(id);
    const picture = stored === null ? null : pictureSchema.parse(stored.body);
    const version = (picture?.version ?? 0) + 1;
    if (picture !== null) {
      if (JSON.stringify(picture.shifts) === JSON.stringify(week.shifts)) return;
      const changed = changedPersons({ ...week, shifts: picture.shifts }, week, directory, now);
      const cause =
        `${week.department}:rota-changed:${week.week.toLowerCase()}:${String(version)}` as EventId;
      const pressing = addMinutes(now, pressingMinutes);
      await announcer.announce(
        changed
          .filter(({ person }) => directory.people.get(person)?.active === true)
          .map(({ person, firstAt }): PlannedAlert => ({
            id: announcementIdOf(cause, person),
            consult: null,
            cause,
            recipient: person,
            as: 'on the rota',
            about: 'rota-changed',
            urgency: firstAt < pressing ? 'urgent' : 'routine',
            department: week.department,
          })),
      );
    }
    // Where another gateway was quicker it wrote the same.
    await meta.write([{ id, rev: stored?.rev, body: { kind: 'rota-told', version, shifts: week.shifts } }]);
  }

  return {
    async tick() {
      const directory = deps.directory();
      const now = deps.now();
      for (const week of directory.rotaWeeks) {
        if (looked.get(week.id) === week) continue;
        if (week.shifts.some(({ endsAt }) => endsAt > now)) await look(week, directory, now);
        looked.set(week.id, week);
      }
    },
  };
}
