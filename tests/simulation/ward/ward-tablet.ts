import { IDBFactory } from 'fake-indexeddb';
import { createSeal } from '$lib/db/seal.ts';
import { createKeyrings } from '$lib/keys/create-keyrings.ts';
import { createKeyringStore } from '$lib/keys/keyring-store.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import { createRecoveryApi } from '$lib/keys/recovery-api.ts';
import { sealedTexts } from '$lib/keys/sealed-texts.ts';
import { keepCounts } from '$lib/lock/keep-counts.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import { deliverParcels } from '$lib/parcels/deliver.ts';
import { openOwnParcels } from '$lib/parcels/own-parcels.ts';
import { startPagePost, type PagePost } from '$lib/parcels/page-post.ts';
import { createParcelApi } from '$lib/parcels/parcel-api.ts';
import { createParcelStore, type ParcelStore } from '$lib/parcels/parcel-store.ts';
import { createCanary } from '$lib/rescue/canary.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { openSafely } from '$lib/rescue/open-safely.ts';
import { createRescue } from '$lib/rescue/rescue.ts';
import { createSessions } from '$lib/session/create-sessions.ts';
import { createPeopleHere, thisDevice } from '$lib/session/people-here.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import type { Sessions } from '$lib/session-ui/sessions.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { createNoSession } from '$lib/sync/no-session.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import { createTablet, type RunningTablet } from '$lib/tablet/create-tablet.ts';
import { createDraftJournal } from '$lib/tablet/draft-journal.ts';
import { reportOf } from '$lib/tablet/open-tablet.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { msToInstant, type Instant } from '#shared/lib/instant.ts';
import { testPassword } from '#tests/server.ts';
import { createSmallStore } from '#tests/unit/devices/small-store.ts';
import { shown } from '../acts.ts';
import type { Network } from '../network.ts';
import type { Chance } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { cheapKdf } from './cheap-kdf.ts';
import { openEngineStore, type Disk } from './engine-store.ts';
import { createLife, ofLife, type Life } from './life.ts';
import { createWardFiles, noFiles, type WardFiles } from './ward-files.ts';
import { beginWipe, wipeHere, withdrawnHere } from './ward-wipe.ts';
import type { CookieJar } from './ward-network.ts';

export interface WardTabletParts {
  readonly index: number;
  /** What the names of its files begin with. */
  readonly files: string;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly jar: CookieJar;
  readonly origin: string;
  readonly clockOffsetMs: number;
  readonly storageMs: number;
  readonly onWrite: (entry: OutboxEntry, step: 'tried' | 'saved') => void;
  /** Withdrawn: these events have a parcel here that can be brought before everything is deleted. */
  readonly onWiping: (parcels: readonly string[]) => void;
  /** Emptied after it was withdrawn; so many items are gone with it, by its own word. */
  readonly onWiped: (lost: number) => void;
  readonly bug: (what: string) => void;
}

/** One life of the app on the tablet. */
export interface Page {
  readonly life: Life;
  readonly sessions: Sessions;
  readonly post: PagePost;
  readonly parcels: ParcelStore;
}

/** Who has their records open. */
export interface OpenWork {
  readonly tablet: RunningTablet;
  readonly files: WardFiles;
}

/** A tablet of the ward: one browser, many people, one after the other. */
export interface WardTablet {
  readonly name: string;
  readonly index: number;
  readonly network: Network;
  readonly disk: () => Disk;
  readonly local: () => Storage;
  device(): DeviceId;
  page(): Page | null;
  work(): OpenWork | null;
  /** Opens the app, or goes on emptying the tablet. */
  boot(): Promise<void>;
  /** The page ends here and now. */
  kill(): void;
  /** Everything the browser keeps of the app is gone; `half`: all but the small store, as where only databases were thrown away. */
  evict(half: boolean): void;
  isBeingWiped(): boolean;
  /** Sends what waits while the app is closed, as background sync does. */
  sendInBackground(): Promise<void>;
  deviceNow(): Instant;
  jumpClock(byMs: number): void;
  /** An app of before it sealed anything, in one person's session; false: nobody could sign in. Ends as every page does. */
  bootEarlier(person: PersonId, email: string): Promise<boolean>;
}

const postEveryMs = 30_000;
const countAfterMs = 1_000;
const quarterHourMs = 15 * 60_000;

export function createWardTablet(parts: WardTabletParts): WardTablet {
  const { time, chance, network, index } = parts;
  let disk: Disk = { factory: new IDBFactory(), full: false, refused: new Set() };
  let local = createSmallStore();
  let page: Page | null = null;
  let work: OpenWork | null = null;
  let wiping: Life | null = null;
  const bornMs = time.nowMs();
  const name = `tablet ${String(index)}`;
  const newId = (): string => chance.uuid();
  let jumpedMs = 0;
  const deviceMs = (): number => time.nowMs() + parts.clockOffsetMs + jumpedMs;
  const clock = { now: () => msToInstant(deviceMs()) };

  function newLife(): Life {
    const drawn = chance.fork(`life ${String(time.nowMs())}`);
    return createLife(() =>
      parts.storageMs === 0 ? Promise.resolve() : time.sleep(drawn.int(0, parts.storageMs)),
    );
  }
  const schedulerOf = (life: Life) => ({
    after: (delayMs: number, run: () => void) => time.after(delayMs, life.whileAlive(run)),
  });
  const everyOf = (life: Life) => (ms: number, run: () => void) => {
    let isStopped = false;
    const again = (): void => {
      if (isStopped || life.isOver()) return;
      run();
      time.after(ms, again);
    };
    time.after(ms, again);
    return () => void (isStopped = true);
  };
  /** What a dead page asked for is never answered. */
  const fetchOf =
    (life: Life): typeof fetch =>
    async (input, init) => {
      if (life.isOver()) return new Promise(() => undefined);
      const answered = await network.fetch(input, init).catch((error: unknown) => {
        if (life.isOver()) return new Promise<never>(() => undefined);
        throw error;
      });
      return life.isOver() ? new Promise(() => undefined) : answered;
    };
  function parcelsOf(life: Life): ParcelStore {
    const store = createParcelStore(disk.factory);
    life.onEnd(() => store.close());
    const names = [
      'parcels',
      'put',
      'remove',
      'change',
      'signingKey',
      'keepSigningKey',
      'serverKey',
      'keepServerKey',
    ] as const;
    return ofLife(life, store, names);
  }

  /** The browser opens the app anew. */
  function reload(): void {
    kill();
    void boot();
  }

  function withdrawn(life: Life): void {
    if (life.isOver()) return;
    beginWipe(local);
    reload();
  }

  async function openWork(
    life: Life,
    parcelStore: ParcelStore,
    who: {
      readonly person: PersonId;
      readonly device: DeviceId;
      readonly slot: number | null;
      readonly keys: UnlockedKeys;
    },
  ): Promise<RunningTablet> {
    const { person, device, keys, slot } = who;
    const databases = createDatabasesHere(local);
    const fetchIt = fetchOf(life);
    const scheduler = schedulerOf(life);

    async function open(
      generation: number,
      prepare: Parameters<Parameters<typeof openSafely>[0]['open']>[1],
    ) {
      const store = await openEngineStore({
        disk,
        person,
        generation,
        seal: createSeal(keys),
        life,
        onWrite: parts.onWrite,
      });
      const [own] = await Promise.all([
        openOwnParcels({
          store: parcelStore,
          api: createParcelApi(fetchIt),
          keys,
          device,
          slot: () => slot,
          clock,
        }),
        prepare(store),
      ]);
      const canary = createCanary({ store, local, person, generation, newId });
      const report = reportOf(store, 'simulated', canary);
      const tablet = await createTablet({
        person,
        device,
        store,
        server:
          slot === null
            ? createNoSession()
            : createFetchServer({
                origin: '',
                slot,
                fetch: fetchIt,
                scheduler,
                elapsedMs: () => time.nowMs() - bornMs,
                onProblem(code) {
                  if (code === 'device-revoked') withdrawn(life);
                },
                headers: report,
                grant: () => own.grant(),
              }),
        clock,
        parcels: own,
        scheduler,
        random: () => chance.next(),
        newId,
        journal: createDraftJournal(local, person, sealedTexts(keys.journal)),
      });
      void tablet.filled.then(report);
      return tablet;
    }
    const tablet = await openSafely<RunningTablet>({
      person,
      keyId: keys.keyId,
      databases,
      open,
      loadRescue: () =>
        Promise.resolve(
          createRescue({
            factory: disk.factory,
            seal: createSeal(keys),
            alone: (_name, run) => run(),
            now: clock.now,
          }),
        ),
      beginAgain: () => {
        if (!life.isOver()) reload();
      },
    });
    const files = createWardFiles({
      ...parts,
      owner: `${parts.files}${person}`,
      tablet,
      slot,
      life,
      local,
      scheduler,
      fetch: fetchIt,
    });
    const opened: OpenWork = { tablet, files };
    work = opened;
    return {
      ...tablet,
      async close() {
        if (work === opened) work = null;
        await files.close();
        await tablet.close();
      },
    };
  }

  async function bootApp(life: Life): Promise<void> {
    const counts = createCountsHere(local);
    const people = createPeopleHere(local);
    const parcels = parcelsOf(life);
    const fetchIt = fetchOf(life);
    const every = everyOf(life);
    const scheduler = schedulerOf(life);
    const keyringStore = createKeyringStore(disk.factory);
    const post = startPagePost({
      store: parcels,
      api: createParcelApi(fetchIt),
      clock,
      senders() {
        const isSending = work !== null && !shown(work.tablet.connection).signInNeeded;
        return Promise.resolve(new Set(isSending && work !== null ? [work.tablet.person] : []));
      },
      onWaking: () => () => undefined,
      every: (ms, run) => every(Math.max(ms, postEveryMs), life.whileAlive(run)),
      onGone: (person, events) => counts.left(person, events),
    });
    const sessions = await createSessions({
      api: createSessionApi(fetchIt),
      people,
      device: thisDevice(local, newId),
      keyrings: createKeyrings({
        store: { change: (person, change) => life.ask(() => keyringStore.change(person, change)) },
        kdf: cheapKdf,
        recovery: createRecoveryApi(fetchIt),
        clock,
      }),
      handOver: {
        take: () => Promise.resolve(null),
        hold: () => ({ lock: () => undefined, release: () => undefined }),
      },
      counts,
      clock,
      keepCounts: (tablet) => keepCounts(tablet, counts, (run) => scheduler.after(countAfterMs, run)),
      onRevoked: () => withdrawn(life),
      onQuarterHour: (run) => void every(quarterHourMs, run),
      openTablet: (who) => openWork(life, parcels, who),
    });
    if (life.isOver()) return;
    page = { life, sessions, post, parcels };
  }

  async function bootEarlier(person: PersonId, email: string): Promise<boolean> {
    const life = newLife();
    booting = life;
    const fetchIt = fetchOf(life);
    const device = thisDevice(local, newId).current();
    const session = await createSessionApi(fetchIt).signIn(0, email, testPassword, device);
    if (!session.ok) return false;
    createPeopleHere(local).signedIn(session.value, 0);
    const scheduler = schedulerOf(life);
    const store = await openEngineStore({
      disk,
      person,
      generation: 0,
      seal: null,
      life,
      onWrite: parts.onWrite,
    });
    const tablet = await createTablet({
      person,
      device: device.id,
      store,
      server: createFetchServer({
        origin: '',
        slot: 0,
        fetch: fetchIt,
        scheduler,
        elapsedMs: () => time.nowMs() - bornMs,
        onProblem(code) {
          if (code === 'device-revoked') withdrawn(life);
        },
      }),
      clock,
      scheduler,
      random: () => chance.next(),
      newId,
      journal: createDraftJournal(local, person),
    });
    if (life.isOver()) return false;
    work = { tablet, files: noFiles };
    return true;
  }

  async function boot(): Promise<void> {
    if (page !== null || wiping !== null) return;
    const life = newLife();
    if (!withdrawnHere(local)) {
      booting = life;
      await bootApp(life);
      return;
    }
    wiping = life;
    const parcels = parcelsOf(life);
    parts.onWiping((await parcels.parcels()).flatMap(({ id, parcel }) => (parcel === null ? [] : [id])));
    const lost = await wipeHere({
      life,
      disk,
      local,
      parcels,
      fetch: fetchOf(life),
      scheduler: schedulerOf(life),
      clock,
      elapsedMs: () => time.nowMs() - bornMs,
    });
    if (life.isOver()) return;
    wiping = null;
    life.end();
    if (lost !== null) {
      // As a new tablet, for whoever takes it next.
      parts.onWiped(lost);
      local = createSmallStore();
      parts.jar.clear();
    }
    await boot();
  }
  let booting: Life | null = null;

  function kill(): void {
    work = null;
    page?.life.end();
    booting?.end();
    wiping?.end();
    page = null;
    wiping = null;
    booting = null;
  }

  return {
    name,
    index,
    network,
    disk: () => disk,
    local: () => local,
    device: () => thisDevice(local, newId).current().id,
    page: () => page,
    work: () => work,
    boot: () =>
      boot().catch((error: unknown) => {
        parts.bug(
          `${name} did not open: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }),
    kill,
    evict(half) {
      kill();
      disk = { factory: new IDBFactory(), full: false, refused: new Set() };
      if (half) return;
      local = createSmallStore();
      parts.jar.clear();
    },
    isBeingWiped: () => wiping !== null,
    async sendInBackground() {
      if (page !== null) return;
      const life = newLife();
      const store = parcelsOf(life);
      await deliverParcels({
        store,
        api: createParcelApi(fetchOf(life)),
        clock,
        sendsForItself: () => false,
      });
      life.end();
    },
    deviceNow: clock.now,
    jumpClock: (byMs) => void (jumpedMs += byMs),
    bootEarlier,
  };
}
