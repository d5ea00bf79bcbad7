import { createSealer, type Sealer } from '#server/keys/sealer.ts';
import type { Person } from '#shared/directory/staff.ts';
import { instant, instantToMs } from '#shared/lib/instant.ts';
import { pushAnswerSchema } from '#shared/sync/protocol.ts';
import { deviceId } from '#tests/builders.ts';
import { createActivity, createSettle, type Activity } from './activity.ts';
import { eventsIn } from './expectation.ts';
import { createWeather, type Weather } from './faults.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { createBustle, type Bustle } from './bustle.ts';
import { foundHospital, tabletOwners } from './hospital.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createNetwork, type Network } from './network.ts';
import { createChance, type Chance } from './random.ts';
import { createSessions, type Sessions } from './sessions.ts';
import type { SimTablet, TabletClock, TabletHost, TabletOptions } from './sim-tablet.ts';
import type { StoreHost } from './store-hosts.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

export interface Placed {
  readonly name: string;
  readonly index: number;
  readonly person: Person;
  readonly options: TabletOptions;
  readonly tablet: SimTablet;
  readonly network: Network;
  readonly clock: TabletClock;
  session: string;
  gateway: number;
  isCutOff: boolean;
  hasSteadyClock: boolean;
}

export interface World {
  readonly seed: string;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly time: VirtualTime;
  readonly activity: Activity;
  readonly bustle: Bustle;
  readonly store: StoreHost;
  readonly sealer: Sealer;
  readonly gateways: readonly Gateway[];
  readonly tablets: readonly Placed[];
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly given: ReadonlySet<string>;
  /** What went wrong on the way, in words. */
  readonly problems: string[];
  readonly counts: { requests: number };
}

/** Makes one tablet; in this thread, or in one of its own. */
export type MakeTablet = (index: number, host: TabletHost, options: TabletOptions) => SimTablet;

export interface WorldOptions {
  readonly seed: string;
  readonly makeStore: (weather: Weather, chance: Chance, time: VirtualTime) => Promise<StoreHost>;
  readonly makeTablet: MakeTablet;
  /** Drawn when absent. */
  readonly tabletCount?: number;
  readonly snapshotFolder: string | null;
  /** All device clocks are right, or all are wrong by a constant, and none jumps: two such histories are compared. */
  readonly clocks?: 'right' | 'wrong';
  /** Told every answer of the server, for looking into a failing seed. */
  readonly trace?: (line: string) => void;
  /** Waits until tablets in other threads have come to rest; false when they already were. */
  readonly tabletsAtRest?: () => Promise<boolean>;
}

const startMs = instantToMs(instant('2026-03-02T08:00:00.000Z'));
const hourMs = 60 * 60_000;

function drawClock(chance: Chance, weather: Weather, wanted: WorldOptions['clocks']): TabletClock {
  const kind = chance.next();
  const offsetMs = chance.pick([-1, 1]) * chance.int(1, 20 * 24 * 60) * 60_000;
  const driftMsPerHour = chance.pick([-1, 1]) * chance.int(1_000, 20_000);
  if (wanted === 'wrong') return { offsetMs, driftMsPerHour: 0 };
  if (wanted === 'right' || kind < 0.4) return { offsetMs: 0, driftMsPerHour: 0 };
  weather.struck('clock-wrong');
  if (kind < 0.8) return { offsetMs, driftMsPerHour: 0 };
  weather.struck('clock-drifts');
  return { offsetMs, driftMsPerHour };
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed } = options;
  const chance = createChance(seed);
  const weather = createWeather(chance.fork('weather'));
  const activity = createActivity();
  const bustle = createBustle();
  const isReal = { now: false };
  const settle = createSettle(activity, {
    isReal: () => isReal.now,
    tabletsAtRest: options.tabletsAtRest ?? (() => Promise.resolve(false)),
  });
  const time = createVirtualTime(startMs, settle);
  const store = await options.makeStore(weather, chance.fork('store'), time);
  isReal.now = store.isReal;
  const sealer = createSealer(new Uint8Array(32).fill(7));
  const sessions = createSessions(time.clock);
  const ledger = createLedger();
  const problems: string[] = [];
  const counts = { requests: 0 };
  const given = await foundHospital(store.current(), {
    sealer,
    now: time.clock.now(),
    chance: chance.fork('hospital'),
  });

  const gateways = ['one', 'two'].map((name) =>
    createGateway({
      name,
      store: () => store.current(),
      time,
      weather,
      chance: chance.fork(`gateway ${name}`),
      activity,
      bustle,
      sessions,
      sealer,
      snapshotPath: options.snapshotFolder === null ? null : `${options.snapshotFolder}/${name}.index`,
      onBug: (what) => problems.push(what),
    }),
  );

  /** What a tablet is told must be so: an accepted event is in the store before the answer leaves. */
  async function answered(index: number, path: string, status: number, text: string): Promise<void> {
    counts.requests++;
    bustle.note('requests', `tablet ${String(index)} at ${path}`);
    options.trace?.(`${time.clock.now()} tablet ${String(index)} ${path} ${String(status)} ${text}`);
    if (!path.endsWith('/push') || status !== 200) return;
    const { outcomes } = pushAnswerSchema.parse(JSON.parse(text));
    for (const outcome of outcomes) {
      if (outcome.outcome !== 'accepted' && outcome.outcome !== 'duplicate') continue;
      const made = ledger.find(outcome.id);
      if (made === undefined) continue;
      const database = store.current().database(made.kind === 'consult' ? 'consults' : 'patients');
      const leaves = await database.leaves(made.event.document);
      const isHeld = leaves.some(({ body }) => eventsIn(body).some((event) => event.id === made.id));
      if (!isHeld)
        problems.push(
          `${made.event.type} ${made.id} was answered ${outcome.outcome} and is not in the store`,
        );
    }
  }

  const owners = [...tabletOwners];
  const drawn = chance.int(5, 7);
  const count = options.tabletCount ?? drawn;
  const placedTablets: Placed[] = [];
  for (let index = 0; index < count; index++) {
    const isTwin = index > 0 && chance.yes(0.1);
    const at = index < 3 ? 0 : chance.int(0, owners.length - 1);
    const person = isTwin ? placedTablets[0]?.person : owners.splice(at, 1)[0];
    if (person === undefined) throw new Error('nobody is left');
    const clockChance = chance.fork(`clock ${String(index)}`);
    const clock = drawClock(clockChance, weather, options.clocks);
    const isSlow = chance.yes(0.3);
    if (isSlow) weather.struck('storage-slow');
    const tabletOptions: TabletOptions = {
      person: person.id,
      device: deviceId(`${seed} ${String(index)}`),
      seed: `${seed}/tablet ${String(index)}`,
      clock,
      storageMs: isSlow ? chance.pick([20, 200, 1_000]) : 0,
    };
    const network = createNetwork({
      time,
      weather,
      chance: chance.fork(`network ${String(index)}`),
      gateway: () => {
        const mine = gateways[placed.gateway];
        const other = gateways[1 - placed.gateway];
        if (mine === undefined || other === undefined) throw new Error('there are two gateways');
        return mine.isUp() || !other.isUp() ? mine : other;
      },
      session: () => placed.session,
      answered: (path, status, text) => {
        answered(index, path, status, text).catch((cause: unknown) =>
          problems.push(`an answer was no answer: ${String(cause)}`),
        );
      },
    });
    const host: TabletHost = {
      nowMs: () => time.nowMs(),
      after: (delayMs, run) => time.after(delayMs, run),
      fetch: network.fetch,
      written(entry, nature) {
        if (entry.accepted !== null) return;
        if (nature === 'forbidden') weather.struck('forbidden-act');
        if (nature === 'malformed') weather.struck('malformed-act');
        ledger.written(index, entry, nature, time.nowMs());
      },
      bug: (what) => problems.push(`tablet ${String(index)}: ${what}`),
    };
    const placed: Placed = {
      name: `tablet ${String(index)} of ${person.name}`,
      index,
      person,
      options: tabletOptions,
      tablet: options.makeTablet(index, host, tabletOptions),
      network,
      clock,
      session: sessions.begin(person.id, tabletOptions.device),
      gateway: chance.int(0, 1),
      isCutOff: false,
      hasSteadyClock: Math.abs(clock.driftMsPerHour) < hourMs / 100,
    };
    placedTablets.push(placed);
  }

  return {
    seed,
    chance,
    weather,
    time,
    activity,
    bustle,
    store,
    sealer,
    gateways,
    tablets: placedTablets,
    ledger,
    sessions,
    given,
    problems,
    counts,
  };
}
