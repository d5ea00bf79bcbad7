import { createPeopleHere } from '$lib/session/people-here.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { testPassword } from '#tests/server.ts';
import { shown } from '../acts.ts';
import { emailOf } from './ward-server.ts';
import type { WardPlace, WardWorld } from './ward-world.ts';

/** Who has signed in on this tablet. */
export const peopleAt = ({ tablet }: WardPlace): readonly PersonId[] =>
  createPeopleHere(tablet.local())
    .list()
    .map(({ person }) => person);

/** Somebody types their password at the server; true: their records are open. */
export async function signIn(
  world: WardWorld,
  place: WardPlace,
  person: { readonly id: PersonId },
): Promise<boolean> {
  const sessions = place.tablet.page()?.sessions;
  if (sessions === undefined) return false;
  const wasKnown = peopleAt(place).includes(person.id);
  const done = await sessions.signIn(emailOf(person), testPassword);
  if (!done.ok) {
    world.trace(`${place.tablet.name} sign-in: ${JSON.stringify(done.error)}`);
    return false;
  }
  world.happened(wasKnown ? 'recovered' : 'signed-in');
  return true;
}

/** Somebody who has signed in here before comes back: with what they know, else by the server. */
export async function comeBack(world: WardWorld, place: WardPlace, person: PersonId): Promise<boolean> {
  const { chance, pins, tablet } = place;
  const sessions = tablet.page()?.sessions;
  if (sessions === undefined) return false;
  await sessions.door.choose(person);
  const before = shown(sessions.state);
  if (before.phase !== 'locked') return false;
  if (before.door.at === 'server') return signIn(world, place, { id: person });
  if (before.door.at !== 'asking') return false;
  if (before.door.hasOther && chance.yes(0.5)) sessions.door.otherWay();
  const asked = shown(sessions.state);
  if (asked.phase !== 'locked' || asked.door.at !== 'asking') return false;
  const { kind } = asked.door;
  const pin = pins.get(person);
  if (kind === 'pin' && pin === undefined) {
    world.problems.push(`${tablet.name} asks for a PIN nobody has set`);
    return false;
  }
  await sessions.door.enter(kind === 'pin' ? (pin ?? '') : testPassword);
  const after = shown(sessions.state);
  if (after.phase !== 'signed-in') {
    world.trace(`${tablet.name} not opened: ${JSON.stringify(after).slice(0, 300)}`);
    if (after.phase === 'opening-failed' && !tablet.disk().full)
      world.problems.push(`${tablet.name} could not open: ${String(after.error)}`);
    if (after.phase === 'locked' && after.door.at === 'asking' && after.door.blockedUntil === null)
      world.problems.push(`${tablet.name} did not take the right ${kind} of ${person}`);
    return false;
  }
  world.happened(kind === 'pin' ? 'opened-with-pin' : 'opened-with-password');
  return true;
}

/** A stranger tries until nothing typed here opens any more, or until they lose heart. */
export async function guess(
  world: WardWorld,
  place: WardPlace,
  person: PersonId,
  { tries, setsClock }: { readonly tries: number; readonly setsClock: boolean },
): Promise<void> {
  const { tablet, chance } = place;
  for (let tried = 0; tried < tries; tried++) {
    const sessions = tablet.page()?.sessions;
    if (sessions === undefined) return;
    await sessions.door.choose(person);
    const state = shown(sessions.state);
    if (state.phase !== 'locked' || state.door.at !== 'asking') return;
    if (state.door.blockedUntil !== null) {
      const waitMs = chance.int(5_000, 330_000);
      // Whoever sets the clock on need not wait; how often they may try stays the same.
      if (setsClock) tablet.jumpClock(waitMs);
      else await world.time.sleep(waitMs);
      continue;
    }
    await sessions.door.enter(state.door.kind === 'pin' ? '918273' : 'not the password');
    world.happened('wrong-secret');
    const after = shown(sessions.state);
    if (after.phase === 'signed-in') {
      world.problems.push(`${tablet.name} opened with a wrong secret`);
      return;
    }
    if (after.phase === 'locked' && after.door.at === 'server' && after.door.why === 'tries-used-up') {
      world.happened('tries-used-up');
      return;
    }
  }
}

export async function setPin(world: WardWorld, place: WardPlace, person: PersonId): Promise<void> {
  const sessions = place.tablet.page()?.sessions;
  if (sessions === undefined) return;
  // Always the same one of theirs: a page that ends in the middle leaves nobody guessing.
  const pin = place.pins.get(person) ?? String(place.chance.int(200_000, 899_999));
  place.pins.set(person, pin);
  const kinds = await sessions.pin.presentKinds();
  const present = kinds.includes('password')
    ? ({ kind: 'password', text: testPassword } as const)
    : undefined;
  const done = await sessions.pin.set(pin, present);
  if (done.ok) world.happened('pin-set');
}

export const personById = (world: WardWorld, id: PersonId): Person | undefined =>
  world.staff.find((one) => one.id === id);
