import { inOrder } from '#shared/event/order.ts';
import { NoRest } from './activity.ts';
import { clashesIn, problemsOf, type EndedTablet } from './checks.ts';
import { beginDay, type Day } from './events-of-day.ts';
import { eventsIn, expectedFor, readRecord } from './expectation.ts';
import type { FaultCounts } from './faults.ts';
import { readDirectory } from './hospital.ts';
import { countRealTimers } from './real-timers.ts';
import { memoryHost } from './store-hosts.ts';
import { createSimTablet } from './sim-tablet.ts';
import { createWorld, type MakeTablet, type World, type WorldOptions } from './world.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';

export interface HistoryOptions extends Partial<Omit<WorldOptions, 'seed'>> {
  readonly seed: string;
  /** Length of the day; drawn when absent. */
  readonly minutes?: number;
  /** On average so often each person does something; drawn when absent. */
  readonly actEveryMs?: number;
}

export interface HistoryResult {
  readonly seed: string;
  /** Empty: all is well. */
  readonly problems: readonly string[];
  readonly faults: FaultCounts;
  readonly events: number;
  readonly requests: number;
  readonly lostForGood: number;
  /** References given twice, which only a store set back brings about. */
  readonly referenceClashes: number;
  readonly virtualMinutes: number;
  /** The server's consults and patients in the end, without what a device's clock said and the seals over it. */
  readonly record: readonly unknown[];
}

const minuteMs = 60_000;
const longestCalmRounds = 10;
/** By one tablet at one address in a calm round of four minutes, and by one gateway to one database. */
const mostCalmRequests = 40;
const mostCalmWrites = 4;
/** What has not moved in so many rounds waits for something that never comes, such as a document lost for good. */
const roundsToSeeNothingMove = 3;

export const memoryTablet: MakeTablet = (_index, host, options) =>
  createSimTablet(twinPlace(), host, options);

export const memoryStore: WorldOptions['makeStore'] = (weather, chance, time) => {
  const isCluster = chance.yes(0.3);
  return Promise.resolve(
    memoryHost({
      places: chance.yes(0.5) ? 'opaque' : 'counted',
      split: () => isCluster && weather.strikes('two-leaves'),
      repeats: () => weather.strikes('feed-repeated'),
      pause: (ms) => time.sleep(ms),
    }),
  );
};

/** One day in the hospital, from the seed alone: acts, faults, then quiet, then the reckoning. */
export async function runHistory(options: HistoryOptions): Promise<HistoryResult> {
  const world = await createWorld({
    makeStore: memoryStore,
    makeTablet: memoryTablet,
    snapshotFolder: null,
    ...options,
  });
  const { time, weather, gateways, tablets, problems } = world;
  const beganMs = time.nowMs();
  const stopCounting = world.store.isReal ? () => undefined : countRealTimers(world.activity);
  weather.struck(
    options.snapshotFolder === undefined || options.snapshotFolder === null ? 'index-cold' : 'index-saved',
  );
  let day: Day | null = null;
  let record: readonly unknown[] = [];
  let referenceClashes = 0;
  let isStuck = false;
  try {
    day = await live(world, options);
    await calm(world, day);
    problems.push(...(await reckon(world, day)));
    record = await timelessRecord(world);
    referenceClashes = clashesIn(await readRecord(world.store.current())).length;
  } catch (cause) {
    if (!(cause instanceof NoRest)) throw cause;
    isStuck = true;
    const busiest = ['requests' as const, 'writes' as const].flatMap((doing) =>
      world.bustle.above(doing, 0).slice(0, 3),
    );
    problems.push(`${cause.message}; at ${time.clock.now()}; busiest of late: ${busiest.join(', ')}`);
  } finally {
    // Who is stuck may never end.
    const ends = [...tablets.map(({ tablet }) => tablet.kill())];
    if (!isStuck) await Promise.all(ends);
    for (const gateway of gateways) gateway.kill();
    const closed = world.store.close();
    if (!isStuck) await closed;
    stopCounting();
  }
  return {
    seed: world.seed,
    problems,
    faults: weather.counts,
    events: world.ledger.all().length,
    requests: world.counts.requests,
    lostForGood: day?.lostForGood.size ?? 0,
    referenceClashes,
    record,
    virtualMinutes: Math.round((time.nowMs() - beganMs) / minuteMs),
  };
}

/** The day itself, with everything that happens in it. */
async function live(world: World, options: HistoryOptions): Promise<Day> {
  const { time, weather, gateways, tablets, problems } = world;
  for (const gateway of gateways) await gateway.start();
  for (const placed of tablets) {
    placed.tablet
      .start()
      .catch((cause: unknown) => problems.push(`${placed.name} did not start: ${String(cause)}`));
    await time.runUntil(time.nowMs() + 200);
  }
  const minutes = options.minutes ?? world.chance.int(7, 14);
  const endsAtMs = time.nowMs() + minutes * minuteMs;
  const drawnEveryMs = world.chance.pick([30_000, 45_000, 90_000]);
  const day = beginDay(world, {
    endsAtMs,
    actEveryMs: options.actEveryMs ?? drawnEveryMs,
    clocksJump: options.clocks === undefined,
  });
  await time.runUntil(endsAtMs - minuteMs);
  // Near the end, so that no state check comes between a lost page and the look at what a tablet believes.
  for (const { tablet } of tablets) {
    weather.struck('page-not-written');
    tablet.failPages(1);
  }
  await time.runUntil(endsAtMs);
  await day.end();
  return day;
}

/** The faults stop; everything comes back, and has time to come to rest. */
async function calm(world: World, day: Day): Promise<void> {
  const { time, weather, gateways, tablets } = world;
  weather.clear();
  for (const placed of tablets) {
    placed.network.setPartitioned(false);
    placed.tablet.setFull(false);
    placed.tablet.failPages(0);
    placed.network.cutStreams();
    if (placed.isCutOff) continue;
    world.sessions.end(placed.session);
    placed.session = world.sessions.begin(placed.person.id, placed.options.device);
  }
  // Whatever was to start by itself has started by then.
  await time.runUntil(time.nowMs() + 4 * minuteMs);
  for (const gateway of gateways) await gateway.start();
  for (const { tablet } of tablets) {
    tablet.setFull(false);
    if (!tablet.isRunning())
      tablet
        .start()
        .catch((cause: unknown) => world.problems.push(`a tablet did not start: ${String(cause)}`));
  }
  await time.runUntil(time.nowMs() + 30_000);
  for (const { tablet } of tablets) tablet.wake();
  await time.runUntil(time.nowMs() + minuteMs);
  if (!day.wasSetBack()) world.problems.push(...(await gapsBeforeHealing(world)));
  let before = '';
  let unmoved = 0;
  for (let round = 0; round < longestCalmRounds && unmoved < roundsToSeeNothingMove; round++) {
    world.bustle.forget();
    await time.runUntil(time.nowMs() + 3 * minuteMs);
    const left = await leftToDo(world);
    unmoved = left === before ? unmoved + 1 : 0;
    before = left;
    for (const { tablet } of tablets) tablet.syncNow();
    await time.runUntil(time.nowMs() + minuteMs);
    if (left === '' && round >= 1) break;
  }
  world.problems.push(...stillBusy(world));
}

/** Whoever went on through the last round of the calm as if something still had to be done. */
function stillBusy({ bustle }: World): string[] {
  const who = [...bustle.above('requests', mostCalmRequests), ...bustle.above('writes', mostCalmWrites)];
  return who.map((each) => `does not come to rest: ${each} in the last four minutes of calm`);
}

/** A tablet that says it has caught up lacks nothing, before any state check has looked: its checkpoint is proven. */
async function gapsBeforeHealing({ tablets, store, time }: World): Promise<string[]> {
  const directory = await readDirectory(store.current());
  const record = await readRecord(store.current());
  const found: string[] = [];
  for (const { tablet, name, person, isCutOff } of tablets) {
    if (isCutOff) continue;
    const { documents, connection } = await tablet.state();
    const { must } = expectedFor(person.id, { record, directory, now: time.clock.now() }).consults;
    const held = new Set(documents.consults.map((document) => document.id));
    if (!connection.perCollection.consults.caughtUp || !connection.streaming) continue;
    for (const id of must)
      if (!held.has(id)) found.push(`${name} says it has caught up and lacks consult ${id}`);
  }
  return found;
}

/** Ids of what tablets have to send or to offer back; '' when that is nothing. */
async function leftToDo({ tablets }: World): Promise<string> {
  const left: string[] = [];
  for (const { tablet, isCutOff } of tablets) {
    if (isCutOff) continue;
    const { outbox, offers } = await tablet.state();
    left.push(...outbox.map((entry) => `${entry.id} ${String(entry.accepted === null)}`));
    for (const offer of offers) if (offer.events.length > offer.refused.length) left.push(offer.id);
  }
  return left.join(' ');
}

async function timelessRecord({ store }: World): Promise<unknown[]> {
  const { consults, patients } = await readRecord(store.current());
  return [...consults, ...patients].map(([id, body]) => ({
    id,
    events: inOrder(eventsIn(body)).map(({ occurredAt: _occurredAt, seal: _seal, ...event }) => event),
  }));
}

async function reckon(world: World, day: Day): Promise<string[]> {
  const { store, sealer, time, ledger, given } = world;
  const ended: EndedTablet[] = [];
  for (const { name, person, tablet, isCutOff, hasSteadyClock } of world.tablets) {
    ended.push({ name, person: person.id, state: await tablet.state(), isCutOff, hasSteadyClock });
  }
  return problemsOf({
    store: store.current(),
    sealer,
    directory: await readDirectory(store.current()),
    now: time.clock.now(),
    made: ledger.all(),
    tablets: ended,
    given,
    lostForGood: day.lostForGood,
    wasSetBack: day.wasSetBack(),
    someoneMoved: day.someoneMoved(),
  });
}
