import { inOrder } from '#shared/event/order.ts';
import { clashesIn, problemsOf, type EndedTablet } from './checks.ts';
import { beginDay } from './events-of-day.ts';
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
  try {
    for (const gateway of gateways) await gateway.start();
    for (const placed of tablets) {
      placed.tablet
        .start()
        .catch((cause: unknown) => problems.push(`${placed.name} did not start: ${String(cause)}`));
      await time.runUntil(time.nowMs() + 200);
    }
    const minutes = options.minutes ?? world.chance.int(7, 14);
    const endsAtMs = time.nowMs() + minutes * minuteMs;
    const day = beginDay(world, {
      endsAtMs,
      actEveryMs: world.chance.pick([30_000, 45_000, 90_000]),
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
    await calm(world, day);
    problems.push(...(await reckon(world, day)));
    return {
      seed: world.seed,
      problems,
      faults: weather.counts,
      events: world.ledger.all().length,
      requests: world.counts.requests,
      lostForGood: day.lostForGood.size,
      referenceClashes: clashesIn(await readRecord(world.store.current())).length,
      record: await timelessRecord(world),
      virtualMinutes: Math.round((time.nowMs() - beganMs) / minuteMs),
    };
  } finally {
    for (const { tablet } of tablets) await tablet.kill();
    for (const gateway of gateways) gateway.kill();
    await world.store.close();
    stopCounting();
  }
}

/** The faults stop; everything comes back, and has time to come to rest. */
async function calm(world: World, day: ReturnType<typeof beginDay>): Promise<void> {
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
  for (let round = 0; round < longestCalmRounds; round++) {
    await time.runUntil(time.nowMs() + 3 * minuteMs);
    const isQuiet = await allQuiet(world);
    for (const { tablet } of tablets) tablet.syncNow();
    await time.runUntil(time.nowMs() + minuteMs);
    if (isQuiet && round >= 1) return;
  }
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

async function allQuiet({ tablets }: World): Promise<boolean> {
  for (const { tablet, isCutOff } of tablets) {
    if (isCutOff) continue;
    const { outbox, offers } = await tablet.state();
    if (outbox.length > 0 || offers.some((offer) => offer.events.length > offer.refused.length)) return false;
  }
  return true;
}

async function timelessRecord({ store }: World): Promise<unknown[]> {
  const { consults, patients } = await readRecord(store.current());
  return [...consults, ...patients].map(([id, body]) => ({
    id,
    events: inOrder(eventsIn(body)).map(({ occurredAt: _occurredAt, seal: _seal, ...event }) => event),
  }));
}

async function reckon(world: World, day: ReturnType<typeof beginDay>): Promise<string[]> {
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
