import type { DocumentStore } from '#server/store/port.ts';
import { createSealer, type Sealer } from '#server/keys/sealer.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Person } from '#shared/directory/staff.ts';
import { instant, instantToMs } from '#shared/lib/instant.ts';
import { pushAnswerSchema } from '#shared/sync/protocol.ts';
import { people } from '#tests/builders.ts';
import { testOrigin } from '#tests/server.ts';
import { createActivity, type Activity } from '../activity.ts';
import { createWeather, type Weather } from '../faults.ts';
import { foundHospital } from '../hospital.ts';
import { createMemoryStore } from '../memory-store.ts';
import { countOwnWork, type OwnWork } from '../own-work.ts';
import { createChance, type Chance } from '../random.ts';
import { createVirtualTime, type VirtualTime } from '../virtual-time.ts';
import type { Happening, HappeningCounts } from './happenings.ts';
import type { AddedFile } from './ward-files.ts';
import { createWardNetwork, type CookieJar } from './ward-network.ts';
import { createWardServer, type WardServer } from './ward-server.ts';
import { createWardSettle } from './settle.ts';
import { createWardTablet, type WardTablet } from './ward-tablet.ts';
import { createWordBook, type WordBook } from './words.ts';

/** One tablet, and what the history knows of it that the tablet itself does not. */
export interface WardPlace {
  readonly tablet: WardTablet;
  readonly chance: Chance;
  /** What the names of its files begin with. */
  readonly files: string;
  /** PINs people have set here. */
  readonly pins: Map<string, string>;
  /** Grows each time everything on it is gone. */
  incarnation: number;
  /** Its present step; a page that ends never finishes its own. */
  step: number;
  isBusy: boolean;
  /** Its first minutes are told one after the other; nothing else happens to it. */
  isHeld: boolean;
  /** An early build's records lie here in the clear, until they are sealed. */
  isClear: boolean;
  /** Items that wipes said are gone, by incarnation. */
  readonly lostByWipe: Map<number, number>;
  /** Records made unreadable behind the app's back, by event. */
  readonly damaged: Set<string>;
  /** What the server expected of devices that no longer are, when everything on them went: by device, person and what had come by then. */
  readonly expected: ExpectedItems[];
  /** What the small store knew to wait when the databases were thrown away, by person and incarnation. */
  readonly shadows: Map<string, number>;
}

/** So many items of one person the server had been told of and had not got, when their tablet lost everything. */
export interface ExpectedItems {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly items: number;
  /** Of that tablet, in the record by then. */
  readonly come: ReadonlySet<string>;
}

/** An event whose parcel a tablet is to bring. */
export interface Carried {
  readonly id: string;
  readonly tablet: number;
  /** While it is this one, the tablet holds the parcel; null: it is brought before everything goes. */
  readonly incarnation: number | null;
}

export interface WardWorld {
  readonly seed: string;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly activity: Activity;
  /** Counts for as long as the history lasts. */
  readonly ownWork: OwnWork;
  readonly weather: Weather;
  readonly store: DocumentStore;
  readonly sealer: Sealer;
  readonly server: WardServer;
  readonly places: readonly WardPlace[];
  readonly words: WordBook;
  readonly files: AddedFile[];
  readonly carried: Carried[];
  /** Codes that were shown, for whoever shows them again. */
  readonly codes: (readonly string[])[];
  readonly given: ReadonlySet<string>;
  /** Answered with a refusal, by event. */
  readonly refused: ReadonlySet<string>;
  readonly staff: readonly Person[];
  readonly problems: string[];
  readonly counts: HappeningCounts;
  happened(what: Happening): void;
  readonly requests: { count: number };
  readonly trace: (line: string) => void;
}

/** Files of all histories of a process lie in one place (browser-of-pouch.ts): no two may share a name. */
let runs = 0;
/** Its author is told, with the words and the reason; where those are kept on the tablet alone, they go with it. */
function noteRefusals(body: string, refused: Set<string>): void {
  for (const outcome of pushAnswerSchema.parse(JSON.parse(body)).outcomes)
    if (outcome.outcome === 'refused') refused.add(outcome.id);
}

const startMs = instantToMs(instant('2026-03-02T08:00:00.000Z'));

/** Who shares the tablets: two wards, so that everybody sees something of the others. */
const staff: readonly Person[] = [
  people.requester,
  people.requesterColleague,
  people.cardiologist,
  people.cardiologist2,
  people.receiver,
  people.requestingNurse,
];

export interface WardOptions {
  readonly seed: string;
  readonly trace?: (line: string) => void;
}

export async function createWardWorld({ seed, trace = () => undefined }: WardOptions): Promise<WardWorld> {
  const run = String(runs++);
  const chance = createChance(seed);
  const activity = createActivity();
  const ownWork = countOwnWork({ inOrder: true });
  const time = createVirtualTime(startMs, createWardSettle(activity, ownWork));
  const weather = createWeather(chance.fork('weather'));
  const counts: HappeningCounts = new Map();
  const happened = (what: Happening): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const problems: string[] = [];
  const words = createWordBook();
  const requests = { count: 0 };
  const refused = new Set<string>();
  const carried: Carried[] = [];
  const store = createMemoryStore({ places: 'counted', pause: (ms) => time.sleep(ms) });
  const server = createWardServer({ store, time, activity, onBug: (what) => problems.push(what) });
  // Theirs is another key than the server's: what it gave them is not looked at again.
  const sealer = createSealer(new Uint8Array(32).fill(7));
  const given = await foundHospital(store, {
    sealer,
    now: time.clock.now(),
    chance: chance.fork('hospital'),
  });
  await server.start();
  for (const person of staff) await server.addAccount(person);

  function place(index: number): WardPlace {
    const own = chance.fork(`tablet ${String(index)}`);
    const jar: CookieJar = new Map();
    const network = createWardNetwork({
      time,
      weather,
      chance: own.fork('network'),
      server,
      origin: testOrigin,
      jar: () => jar,
      answered(path, status, body) {
        requests.count++;
        if (path === '/api/sync/push' && status === 200) noteRefusals(body, refused);
        trace(`${time.clock.now()} tablet ${String(index)} ${path} ${String(status)} ${body.slice(0, 400)}`);
      },
    });
    const tablet = createWardTablet({
      index,
      files: `${run}/${String(index)}/`,
      time,
      chance: own.fork('app'),
      network,
      jar,
      origin: testOrigin,
      clockOffsetMs: own.yes(0.7) ? 0 : own.pick([-1, 1]) * own.int(1, 600) * 60_000,
      storageMs: own.yes(0.7) ? 0 : own.pick([20, 200]),
      onWrite: (entry, step) => words.wrote({ tablet: index, incarnation: made.incarnation }, entry, step),
      onWiping(parcels) {
        for (const id of parcels) carried.push({ id, tablet: index, incarnation: null });
      },
      onWiped(lost) {
        happened('wiped');
        made.lostByWipe.set(made.incarnation, lost);
        made.incarnation++;
        made.pins.clear();
        made.isClear = false;
      },
      bug: (what) => problems.push(what),
    });
    const made: WardPlace = {
      tablet,
      files: `${run}/${String(index)}/`,
      chance: own,
      pins: new Map(),
      incarnation: 0,
      step: 0,
      isBusy: false,
      isClear: false,
      isHeld: false,
      lostByWipe: new Map(),
      damaged: new Set(),
      expected: [],
      shadows: new Map(),
    };
    return made;
  }

  return {
    seed,
    chance,
    time,
    activity,
    ownWork,
    weather,
    store,
    sealer,
    server,
    places: Array.from({ length: chance.yes(0.3) ? 3 : 2 }, (_, index) => place(index)),
    words,
    files: [],
    carried,
    codes: [],
    given,
    refused,
    staff,
    problems,
    counts,
    happened,
    requests,
    trace,
  };
}
