import { databaseName } from '$lib/db/database-name.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { expectedItems } from '#shared/device/protocol.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { people } from '#tests/builders.ts';
import { chunkBytes } from '#shared/attachment/limits.ts';
import { actAtRandom, shown } from '../acts.ts';
import { during } from '../activity.ts';
import { eventsAtServer } from './at-server.ts';
import { codesOf, look } from './codes.ts';
import { documentStore, engineName } from './engine-store.ts';
import { comeBack, guess, peopleAt, personById, setPin, signIn } from './ward-people.ts';
import { withdrawnHere } from './ward-wipe.ts';
import { forgetFiles } from './ward-files.ts';
import type { WardPlace, WardWorld } from './ward-world.ts';

type Step = (world: WardWorld, place: WardPlace) => Promise<void>;
type Share = readonly [weight: number, step: Step];

/** The page ends, whatever it was doing; what waited for it waits no more. */
export function endPage(place: WardPlace): void {
  place.tablet.kill();
  place.step++;
  place.isBusy = false;
}

async function work(_world: WardWorld, place: WardPlace): Promise<void> {
  const open = place.tablet.work();
  if (open === null) return;
  const actor = { tablet: open.tablet, chance: place.chance, forbidden: () => undefined };
  for (let left = place.chance.int(1, 3); left > 0 && place.tablet.work() === open; left--)
    await actAtRandom(actor, false);
}

const halfWrite: Step = async (world, { tablet, chance, incarnation }) => {
  const open = tablet.work();
  if (open === null) return;
  const { person } = open.tablet;
  const id = chance.uuid();
  const text = `words ${chance.uuid().slice(0, 8)} half`;
  const draft = { id, purpose: 'consult', fields: { reason: text }, changedAt: open.tablet.now() };
  open.tablet.jotDraft(draft);
  world.words.jotted({ id, text, person, tablet: tablet.index, incarnation });
  world.happened('half-written');
  if (chance.yes(0.7)) await open.tablet.saveDraft(draft);
};

const addFile: Step = async (world, { tablet, chance }) => {
  const open = tablet.work();
  if (open === null) return;
  const consults = shown(open.tablet.openConsults);
  if (consults.length === 0) return;
  const consult = chance.pick(consults).id;
  const isLong = chance.yes(0.15);
  const sizeBytes = isLong ? chunkBytes * chance.int(2, 4) + chance.int(1, 900) : chance.int(200, 30_000);
  const added = await open.files.add(consult, sizeBytes);
  if (added === null) return;
  world.files.push(added);
  world.happened('file-added');
  if (isLong) world.happened('file-in-chunks');
};

const lock: Step = async (world, { tablet, chance }) => {
  await tablet.page()?.sessions.lock(chance.yes(0.5) ? 'idle' : 'handed-over');
  world.happened('locked');
};

const signOut: Step = async (world, { tablet }) => {
  await tablet.page()?.sessions.signOut();
  world.happened('signed-out');
};

async function someoneKnown(world: WardWorld, place: WardPlace): Promise<void> {
  const known = peopleAt(place);
  if (known.length === 0) return someoneNew(world, place);
  await comeBack(world, place, place.chance.pick(known));
}
async function someoneNew(world: WardWorld, place: WardPlace): Promise<void> {
  await signIn(world, place, place.chance.pick(world.staff));
}

const switchPeople: Step = async (world, place) => {
  await lock(world, place);
  await (place.chance.yes(0.7) ? someoneKnown : someoneNew)(world, place);
  if (place.tablet.work() !== null) world.happened('switched');
};

const choosePin: Step = async (world, place) => {
  const open = place.tablet.work();
  if (open !== null) await setPin(world, place, open.tablet.person);
};

const guessing: Step = async (world, place) => {
  const known = peopleAt(place);
  if (known.length > 0)
    await guess(world, place, place.chance.pick(known), {
      tries: place.chance.pick([1, 2, 4, 12]),
      setsClock: false,
    });
};

const kill: Step = async (world, place) => {
  endPage(place);
  world.happened('page-killed');
  if (place.chance.yes(0.4)) {
    world.happened('sent-in-background');
    await place.tablet.sendInBackground();
  }
};

const handOver: Step = async (world, place) => {
  const others = world.places.filter((other) => other !== place && other.tablet.page() !== null);
  if (others.length === 0) return;
  const replayed = world.codes.length > 0 && place.chance.yes(0.25);
  const codes = replayed ? place.chance.pick(world.codes) : await codesOf(place.tablet);
  if (codes.length === 0) return;
  if (replayed) world.happened('code-replayed');
  else world.codes.push(codes);
  const other = place.chance.pick(others);
  const { incarnation } = other;
  const { taken, problem } = await look(other.tablet, codes, {
    chance: place.chance,
    happened: (what) => world.happened(what),
  });
  if (taken.length > 0) world.happened('carried');
  for (const id of taken) world.carried.push({ id, tablet: other.tablet.index, incarnation });
  if (problem !== null) world.problems.push(problem);
};

const revoke: Step = async (world, { tablet }) => {
  if (!world.server.isUp()) return;
  await world.server.revoke(tablet.device(), people.manager.id);
  world.happened('device-revoked');
};

const endKeys: Step = async (world, place) => {
  const known = peopleAt(place);
  if (known.length === 0 || !world.server.isUp()) return;
  await world.server.endKeys(place.chance.pick(known), place.chance.yes(0.5) ? place.tablet.device() : null);
  world.happened('keys-ended');
};

/** What the small store knew to wait in the present database of each person. */
function noteShadows(place: WardPlace): void {
  const local = place.tablet.local();
  for (const person of peopleAt(place)) {
    const { generation } = createDatabasesHere(local).of(person);
    const shadow = local.getItem(`hc-canary:${person}:${String(generation)}`);
    if (shadow === null) continue;
    const { unsent } = JSON.parse(shadow) as { unsent: number };
    place.shadows.set(`${person} ${String(place.incarnation)}`, unsent);
  }
}

/** What the server has been told of this device, which nobody will hear of again. */
async function noteExpected(world: WardWorld, place: WardPlace): Promise<void> {
  if (!world.server.isUp()) return;
  const { devices } = world.server.running().server.parts;
  const id = place.tablet.device();
  await during(world.activity, 'the devices are read', async () => {
    await devices.idle();
    const document = (await devices.list()).find((each) => each.id === id);
    if (document?.revokedAt !== null) return;
    const come = await eventsAtServer(world.store);
    for (const user of document.users)
      place.expected.push({ device: id, person: user.person, items: expectedItems({ users: [user] }), come });
  });
}

const evict: Step = async (world, place) => {
  const half = place.chance.yes(0.5);
  endPage(place);
  if (half) noteShadows(place);
  else await noteExpected(world, place);
  place.tablet.evict(half);
  await forgetFiles(place.files);
  if (!half) {
    place.pins.clear();
    place.isClear = false;
  }
  place.incarnation++;
  world.happened(half ? 'databases-evicted' : 'evicted');
};

function rowsOf(factory: IDBFactory, name: string, work: (store: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve) => {
    const opening = factory.open(name);
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => resolve();
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(documentStore, 'readwrite');
      transaction.oncomplete = () => {
        database.close();
        resolve();
      };
      work(transaction.objectStore(documentStore));
    };
  });
}

const damage: Step = async (world, place) => {
  const known = peopleAt(place);
  if (known.length === 0) return;
  endPage(place);
  const person = place.chance.pick(known);
  const { generation } = createDatabasesHere(place.tablet.local()).of(person);
  const name = databaseName(person, generation);
  const disk = place.tablet.disk();
  const isThere = (await disk.factory.databases()).some((each) => each.name === engineName(name, 'outbox'));
  if (!isThere) return;
  if (place.chance.yes(0.5)) {
    disk.refused.add(name);
    world.happened('database-damaged');
    return;
  }
  await rowsOf(disk.factory, engineName(name, 'outbox'), (store) => {
    const reading = store.getAll();
    reading.onsuccess = () => {
      const rows = reading.result as { id: string; order: number }[];
      if (rows.length === 0) return;
      const row = place.chance.pick(rows);
      store.put({ id: row.id, order: row.order, record: { sealed: 'broken' } });
      place.damaged.add(row.id);
      world.happened('record-damaged');
    };
  });
};

const fill: Step = async (world, { tablet, chance }) => {
  const disk = tablet.disk();
  disk.full = true;
  world.happened('storage-full');
  world.time.after(chance.int(10_000, 60_000), () => (disk.full = false));
  await Promise.resolve();
};

const jumpClock: Step = async (world, { tablet, chance }) => {
  // Longer than any lease, or back again.
  tablet.jumpClock(chance.pick([-1, 1]) * chance.int(1, 100) * 60 * 60_000);
  world.happened('clock-jumped');
  await Promise.resolve();
};

/** A stranger who sets the clock: until nothing typed opens any more. */
const besiege: Step = async (world, place) => {
  const known = peopleAt(place);
  if (known.length > 0) await guess(world, place, place.chance.pick(known), { tries: 40, setsClock: true });
};

const whenOpen: readonly Share[] = [
  [46, work],
  [8, halfWrite],
  [7, addFile],
  [6, lock],
  [10, switchPeople],
  [3, signOut],
  [6, choosePin],
  [6, kill],
  [6, handOver],
  [2, fill],
  [1, revoke],
  [1.5, endKeys],
  [1, evict],
  [1.5, damage],
  [1, jumpClock],
];
const whenLocked: readonly Share[] = [
  [50, someoneKnown],
  [20, someoneNew],
  [5, guessing],
  [3, besiege],
  [1, jumpClock],
  [6, kill],
  [6, handOver],
  [1, revoke],
  [1, evict],
  [2, damage],
];

function drawn(place: WardPlace, shares: readonly Share[]): Step {
  const whole = shares.reduce((sum, [weight]) => sum + weight, 0);
  let left = place.chance.next() * whole;
  for (const [weight, step] of shares) {
    left -= weight;
    if (left < 0) return step;
  }
  return work;
}

/** One thing that happens at this tablet. Never twice at once; a page that ended leaves its step behind. */
export async function oneStep(world: WardWorld, place: WardPlace): Promise<void> {
  const { tablet } = place;
  if (place.isBusy || tablet.isBeingWiped()) return;
  place.isBusy = true;
  const mine = ++place.step;
  if (tablet.page() === null && tablet.work() === null) await tablet.boot();
  else {
    const step = drawn(place, tablet.work() === null ? whenLocked : whenOpen);
    world.trace(
      `${world.time.clock.now()} ${tablet.name} ${step.name} (${tablet.work()?.tablet.person ?? 'locked'})`,
    );
    await step(world, place);
    world.trace(`${world.time.clock.now()} ${tablet.name} ${step.name} done`);
  }
  if (place.step === mine) place.isBusy = false;
}

/** Everybody who ever signed in here, once more, with the network there. */
export async function everybodyAgain(
  world: WardWorld,
  place: WardPlace,
  whenOpened: (person: PersonId) => Promise<void>,
): Promise<void> {
  for (const person of peopleAt(place)) {
    const one = personById(world, person);
    if (one === undefined) continue;
    await place.tablet.page()?.sessions.lock('handed-over');
    const isIn = await signIn(world, place, one);
    // Withdrawn without anybody having heard of it yet: it is being emptied now.
    if (!isIn && withdrawnHere(place.tablet.local())) return;
    if (isIn) await whenOpened(person);
    else world.problems.push(`${place.tablet.name}: ${one.name} could not sign in again in the end`);
  }
  await place.tablet.page()?.sessions.lock('handed-over');
}
