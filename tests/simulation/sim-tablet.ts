import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { collections, type CollectionName } from '#shared/sync/protocol.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { isSetAside, setAsidePrefix, type SetAside } from '$lib/sync/push-loop.ts';
import { isOfferNote, offerPrefix, type OfferNote } from '$lib/sync/rescue.ts';
import type { HeldDocument, OutboxEntry, TabletStore } from '$lib/sync/tablet-store.ts';
import { createTablet, type RunningTablet } from '$lib/tablet/create-tablet.ts';
import type { Connection, OutboxItem } from '$lib/tablet/tablet.ts';
import type { Place } from '#tests/contract/tablet-store/rxdb-places.ts';
import { actAtRandom, shown } from './acts.ts';
import type { Nature } from './ledger.ts';
import { createChance } from './random.ts';
import { slowStorage } from './tablet-storage.ts';

/** What surrounds a tablet: time, the network, and somebody who notes what it wrote. */
export interface TabletHost {
  nowMs(): number;
  after(delayMs: number, run: () => void): () => void;
  readonly fetch: typeof fetch;
  written(entry: OutboxEntry, nature: Nature): void;
  /** The tablet's program threw: never to happen. */
  bug(what: string): void;
}

export interface TabletClock {
  offsetMs: number;
  /** Milliseconds gained per hour. */
  readonly driftMsPerHour: number;
}

export interface TabletOptions {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** Of everything this tablet and its person do by chance. */
  readonly seed: string;
  readonly clock: TabletClock;
  /** Longest time one storage operation takes; 0: none. */
  readonly storageMs: number;
}

/** All there is on a tablet and on its screen; plain data. */
export interface TabletState {
  readonly documents: Readonly<Record<CollectionName, readonly HeldDocument[]>>;
  readonly outbox: readonly OutboxEntry[];
  readonly setAside: readonly SetAside[];
  readonly offers: readonly OfferNote[];
  /** The consults the app shows, as text that can be compared. */
  readonly consults: readonly (readonly [id: string, text: string])[];
  readonly items: readonly OutboxItem[];
  readonly connection: Connection;
}

export interface SimTablet {
  start(): Promise<void>;
  /** The program ends here and now, in the middle of whatever it did. */
  kill(): Promise<void>;
  isRunning(): boolean;
  act(nature: Nature): void;
  syncNow(): void;
  wake(): void;
  failPages(count: number): void;
  setFull(full: boolean): void;
  jumpClock(byMs: number): void;
  state(): Promise<TabletState>;
  /** Ids of all events on its disk, running or not. */
  heldEvents(): Promise<readonly string[]>;
}

/** A consult as text: equal text is an equal projection. */
export const consultText = (consult: Consult): string =>
  JSON.stringify(consult, (_key, value: unknown) => (value instanceof Map ? [...value] : value));

export function createSimTablet(place: Place, host: TabletHost, options: TabletOptions): SimTablet {
  const { clock } = options;
  const chance = createChance(options.seed);
  const bornMs = host.nowMs();
  let running: {
    tablet: RunningTablet;
    store: TabletStore;
    inner: TabletStore;
    die: () => void;
    isDead: () => boolean;
  } | null = null;
  let closing: Promise<unknown> = Promise.resolve();
  let isActing = false;
  let nature: Nature = 'honest';

  const deviceMs = (): number => {
    const passed = host.nowMs() - bornMs;
    return host.nowMs() + clock.offsetMs + Math.round((passed / 3_600_000) * clock.driftMsPerHour);
  };

  async function start(): Promise<void> {
    await closing;
    const inner = await place.open();
    let dead = false;
    const isDead = (): boolean => dead;
    const after = (delayMs: number, run: () => void): (() => void) =>
      host.after(delayMs, () => {
        if (!isDead()) run();
      });
    const store = slowStorage(inner, {
      isDead,
      pause: () =>
        options.storageMs === 0
          ? Promise.resolve()
          : new Promise((resolve) => after(chance.int(0, options.storageMs), () => resolve())),
      written: (entry) => host.written(entry, nature),
    });
    const deadFetch: typeof fetch = async (input, init) => {
      if (isDead()) return new Promise(() => undefined);
      const answer = await host.fetch(input, init);
      return isDead() ? new Promise(() => undefined) : answer;
    };
    const made = createTablet({
      person: options.person,
      device: options.device,
      store,
      server: createFetchServer({
        origin: '',
        slot: 0,
        fetch: deadFetch,
        scheduler: { after },
        elapsedMs: () => host.nowMs() - bornMs,
      }),
      clock: { now: () => msToInstant(deviceMs()) },
      scheduler: { after },
      random: () => chance.next(),
      newId: () => chance.uuid(),
    });
    const die = (): void => {
      dead = true;
      closing = inner.close().catch(() => undefined);
    };
    pending = die;
    const tablet = await made;
    if (isDead()) return;
    pending = null;
    running = { tablet, store, inner, die, isDead };
  }
  let pending: (() => void) | null = null;

  async function malformed(store: TabletStore): Promise<void> {
    const held = await store.readOpenConsults();
    if (held.length === 0) return;
    const document = chance.pick(held);
    const events = (document.content['events'] ?? []) as readonly HeldEvent[];
    const event: HeldEvent = {
      v: 1,
      id: chance.uuid() as EventId,
      document: document.id,
      type: 'note-added',
      author: options.person,
      device: options.device,
      lamport: 1 + Math.max(0, ...events.map((each) => each.lamport)),
      base: Math.max(0, ...events.map((each) => each.n ?? 0)),
      occurredAt: msToInstant(deviceMs()),
      body: { kind: 'progress', text: `malformed ${chance.uuid().slice(0, 8)}` },
    };
    const spoil: readonly ((event: HeldEvent) => HeldEvent)[] = [
      (each) => ({ ...each, body: {} }),
      (each) => ({ ...each, type: 'no-such-act' }),
      (each) => ({ ...each, type: 'numbered', body: { reference: 'CARD-26-00001' } }),
      (each) => ({ ...each, lamport: each.lamport + 5_000 }),
      (each) => ({ ...each, base: each.base + 300 }),
      (each) => ({ ...each, author: chance.uuid() }),
      (each) => ({ ...each, body: { ...each.body, text: 'x'.repeat(40_000) } }),
      (each) => ({ ...each, body: { ...each.body, text: 'lone \ud83d surrogate' } }),
      (each) => ({
        ...each,
        body: JSON.parse('{"__proto__":{"kind":"progress"},"text":"x"}') as HeldEvent['body'],
      }),
      (each) => ({ ...each, stranger: true }),
      (each) => ({ ...each, sig: 'c2ln' }),
    ];
    const spoiled = chance.pick(spoil)(event);
    const entry: OutboxEntry = {
      id: event.id,
      document: document.id,
      kind: 'consult',
      order: 1_000_000 + chance.int(0, 1_000),
      event: spoiled,
      accepted: null,
      offsetAtWritingMs: null,
    };
    nature = 'malformed';
    await store.saveToOutbox([entry]);
  }

  return {
    start,
    kill() {
      running?.die();
      pending?.();
      pending = null;
      running = null;
      isActing = false;
      return closing.then(() => undefined);
    },
    isRunning: () => running !== null,
    act(wanted) {
      if (running === null || isActing) return;
      const { tablet, store, isDead } = running;
      isActing = true;
      nature = 'honest';
      const forbidden = (): void => void (nature = 'forbidden');
      const done =
        wanted === 'malformed'
          ? malformed(store)
          : actAtRandom({ tablet, chance, forbidden }, wanted === 'forbidden');
      done
        .catch((cause: unknown) =>
          host.bug(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
        )
        .finally(() => {
          if (!isDead()) isActing = false;
        });
    },
    syncNow() {
      running?.tablet.syncNow().catch((cause: unknown) => host.bug(String(cause)));
    },
    wake: () => running?.tablet.wake(),
    failPages: (count) => place.failPages(count),
    setFull: (full) => place.setFull(full),
    jumpClock: (byMs) => void (clock.offsetMs += byMs),
    async state() {
      if (running === null) throw new Error('the tablet is off');
      const { tablet, inner: store } = running;
      const documents = {} as Record<CollectionName, readonly HeldDocument[]>;
      for (const collection of collections) documents[collection] = await store.readAll(collection);
      const notes = await store.notes('');
      const valuesAt = (prefix: string): unknown[] =>
        [...notes].flatMap(([key, value]) => (key.startsWith(prefix) ? [value] : []));
      return {
        documents,
        outbox: await store.outbox(),
        setAside: valuesAt(setAsidePrefix).filter(isSetAside),
        offers: valuesAt(offerPrefix).filter(isOfferNote),
        consults: shown(tablet.openConsults).map((consult) => [consult.id, consultText(consult)] as const),
        items: shown(tablet.outbox),
        connection: shown(tablet.connection),
      };
    },
    async heldEvents() {
      await closing;
      const store = running?.inner ?? (await place.open());
      const ids = (await store.outbox()).map((entry) => entry.id);
      for (const collection of ['consults', 'patients'] as const) {
        for (const { content } of await store.readAll(collection)) {
          ids.push(...((content['events'] ?? []) as readonly HeldEvent[]).map((event) => event.id as string));
        }
      }
      for (const aside of (await store.notes(setAsidePrefix)).values()) {
        if (isSetAside(aside)) ids.push(aside.event.id);
      }
      for (const offer of (await store.notes(offerPrefix)).values()) {
        if (isOfferNote(offer)) ids.push(...offer.events.map((event) => event.id as string));
      }
      if (running === null) await store.close();
      return ids;
    },
  };
}
