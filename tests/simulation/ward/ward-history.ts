import { createRecordOfWard, type EndedTablet } from './ward-checks.ts';
import { createWardWorld, type WardOptions, type WardPlace, type WardWorld } from './ward-world.ts';
import { NoRest, during } from '../activity.ts';
import { shown } from '../acts.ts';
import { evictedSetting, evictionSchema } from '$lib/rescue/canary.ts';
import { readReport } from '$lib/rescue/report.ts';
import { rescuedSetting } from '$lib/rescue/setting.ts';
import type { HappeningCounts } from './happenings.ts';
import { endPage, everybodyAgain, oneStep } from './ward-steps.ts';
import { signIn } from './ward-people.ts';
import { emailOf } from './ward-server.ts';
import type { Person } from '#shared/directory/staff.ts';

export interface WardResult {
  readonly seed: string;
  /** Empty: all is well. */
  readonly problems: readonly string[];
  readonly happenings: HappeningCounts;
  readonly events: number;
  readonly files: number;
  readonly requests: number;
  /** Words that went with their tablet, and were said to have. */
  readonly lost: number;
  readonly quarantined: number;
  readonly virtualMinutes: number;
  /** What became of every word, as text that can be compared. */
  readonly story: readonly string[];
}

const minuteMs = 60_000;
const lookEveryMs = 90_000;
const mostRounds = 4;
/** For one person's tablet to bring and fetch everything, over a slow disk. */
const lookInMs = 60_000;

/** One day on a ward whose tablets are shared, withdrawn, evicted, damaged and handed on; from the seed alone. */
export async function runWardHistory(options: WardOptions): Promise<WardResult> {
  const world = await createWardWorld(options);
  const { time, problems, places, server, counts } = world;
  const beganMs = time.nowMs();
  const record = createRecordOfWard(world);
  try {
    await live(world, record);
    problems.push(...(await record.reckon(await calm(world))));
  } catch (cause) {
    if (!(cause instanceof NoRest)) throw cause;
    problems.push(`${cause.message}; at ${time.clock.now()}`);
  } finally {
    for (const place of places) endPage(place);
    await server.stop();
    await world.store.close();
    world.ownWork.end();
  }
  return {
    seed: world.seed,
    problems,
    happenings: counts,
    events: world.words.all().length,
    files: world.files.length,
    requests: world.requests.count,
    ...record.totals(),
    virtualMinutes: Math.round((time.nowMs() - beganMs) / minuteMs),
  };
}

/** Runs in virtual time; what it throws is a fault. */
function run(world: WardWorld, what: string, work: () => Promise<void>): void {
  work().catch((cause: unknown) => {
    world.problems.push(
      `${what}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    );
  });
}

function every(world: WardWorld, ms: () => number, until: () => boolean, work: () => void): void {
  const { time } = world;
  const again = (): void => {
    if (until()) return;
    work();
    time.after(ms(), again);
  };
  time.after(ms(), again);
}

async function live(world: WardWorld, record: ReturnType<typeof createRecordOfWard>): Promise<void> {
  const { time, chance, places, server } = world;
  for (const place of places) run(world, 'the start', () => begin(world, place));
  await time.runUntil(time.nowMs() + 20_000);
  const endsAtMs = time.nowMs() + chance.int(6, 12) * minuteMs;
  const isOver = (): boolean => time.nowMs() >= endsAtMs;
  for (const place of places) {
    const own = place.chance.fork('day');
    every(
      world,
      () => own.int(4_000, 30_000),
      isOver,
      () => {
        if (!place.isHeld) run(world, `a step of ${place.tablet.name}`, () => oneStep(world, place));
      },
    );
    every(
      world,
      () => own.int(40_000, 240_000),
      isOver,
      () => {
        place.tablet.network.setPartitioned(!place.tablet.network.isPartitioned());
        if (place.tablet.network.isPartitioned()) world.happened('partition');
        else place.tablet.work()?.tablet.wake();
      },
    );
  }
  if (chance.yes(0.4))
    time.after(chance.int(2, 8) * minuteMs, () => {
      world.happened('server-restarted');
      run(world, 'the server', async () => {
        await server.stop();
        await time.sleep(chance.int(1_000, 60_000));
        await server.start();
      });
    });
  every(
    world,
    () => lookEveryMs,
    isOver,
    () => run(world, 'a look', () => record.look()),
  );
  await time.runUntil(endsAtMs + minuteMs);
}

/** The tablet's first minutes: most begin as they are now, some with an early build that sealed nothing and is then updated. */
async function begin(world: WardWorld, place: WardPlace): Promise<void> {
  const { chance, tablet } = place;
  const first = chance.pick(world.staff);
  place.isHeld = chance.yes(0.25);
  if (!place.isHeld || !(await tablet.bootEarlier(first.id, emailOf(first)))) {
    endPage(place);
    place.isHeld = false;
    await tablet.boot();
    await signIn(world, place, first);
    return;
  }
  place.isClear = true;
  const acts = chance.int(2, 8);
  for (let done = 0; done < acts; done++) {
    await oneStep(world, place);
    await world.time.sleep(chance.int(1_000, 20_000));
  }
  await update(world, place, first);
  place.isHeld = false;
}

/** The app is updated, and killed some times before it has moved everything. Without a network it is tried again later, as people do. */
async function update(world: WardWorld, place: WardPlace, person: Person): Promise<void> {
  const { chance, tablet } = place;
  for (let kills = chance.int(0, 3); kills >= 0; kills--) {
    endPage(place);
    await tablet.boot();
    const signing = { isDone: false };
    signIn(world, place, person).then(
      () => (signing.isDone = true),
      () => undefined,
    );
    await world.time.sleep(kills > 0 ? chance.int(1, 1_500) : 60_000);
    if (kills > 0 && !signing.isDone) world.happened('migration-killed');
  }
}

/** The faults stop; everything comes back, everybody looks in once more, and what waits is brought. */
async function calm(world: WardWorld): Promise<readonly EndedTablet[]> {
  const { time, weather, places, server } = world;
  weather.clear();
  await during(world.activity, 'the server starts', () => server.start());
  for (const { tablet } of places) {
    tablet.network.setPartitioned(false);
    tablet.network.cutStreams();
    tablet.disk().full = false;
    tablet.network.cutStreams();
  }
  await time.runUntil(time.nowMs() + 3 * minuteMs);
  const ended = new Map<WardPlace, EndedTablet>();
  for (let round = 0; round < mostRounds; round++) {
    for (const place of places) {
      const state: EndedTablet = { place, items: [], drafts: [], evicted: new Map(), reports: new Map() };
      endPage(place);
      const isDone = { now: false };
      run(world, 'the calm', async () => {
        await place.tablet.boot();
        while (place.tablet.isBeingWiped()) await time.sleep(5_000);
        if (place.tablet.page() === null) await place.tablet.boot();
        await everybodyAgain(world, place, async (person) => {
          place.tablet.work()?.files.wake();
          await time.sleep(lookInMs);
          const open = place.tablet.work();
          if (open === null) {
            world.problems.push(`${place.tablet.name}: the records of ${person} closed in the calm`);
            return;
          }
          const { tablet } = open;
          state.items.push(...shown(tablet.outbox));
          state.drafts.push(...shown(tablet.drafts).map((draft) => JSON.stringify(draft)));
          const evicted = evictionSchema.safeParse(shown(tablet.setting(evictedSetting)));
          if (evicted.success) state.evicted.set(person, evicted.data);
          const report = readReport(shown(tablet.setting(rescuedSetting)));
          if (report !== null) state.reports.set(person, report);
        });
        await time.sleep(35_000);
        while (place.tablet.isBeingWiped()) await time.sleep(5_000);
        isDone.now = true;
      });
      for (let waited = 0; !isDone.now && waited < 40; waited++) await time.runUntil(time.nowMs() + minuteMs);
      if (!isDone.now) world.problems.push(`${place.tablet.name} did not come to the end of the calm`);
      ended.set(place, state);
    }
    if (world.problems.length > 0) break;
    if (
      [...ended.values()].every(({ items }) =>
        items.every((item) => item.delivery.state !== 'on-this-tablet'),
      )
    )
      break;
  }
  return [...ended.values()];
}
