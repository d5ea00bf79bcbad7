import type { PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { Session } from '#shared/session/protocol.ts';
import type { KeyChange, Keyrings, Opened, UnlockFailure } from '$lib/keys/keyrings.ts';
import { step, type Door, type DoorEvent } from '$lib/lock/door.ts';
import type { CountsHere } from '$lib/lock/kept-counts.ts';
import type { Call } from '$lib/lock/wanted.ts';
import type { PinFailure, Sessions, SessionState, SignInFailure } from '$lib/session-ui/sessions.ts';
import { createLive } from '$lib/tablet/live.ts';
import { keysFailure, passwordFailure, presentFailure, signInFailure } from './failures.ts';
import type { OpenIdApi } from './openid-api.ts';
import { openWorkspace, type Workspace, type WorkspaceParts } from './open-workspace.ts';
import type { PersonHere, ThisDevice } from './people-here.ts';
import type { SessionApi } from './session-api.ts';

export type { OpenableTablet } from './open-workspace.ts';

export interface SessionsParts extends Omit<WorkspaceParts, 'device'> {
  readonly api: SessionApi;
  readonly openId?: OpenIdApi;
  readonly device: ThisDevice;
  readonly keyrings: Keyrings;
  readonly counts: CountsHere;
  /** The tablet's own clock. */
  readonly clock: Clock;
  /** The app was opened by a notification. */
  readonly call?: Call | null;
  /** The server says at a sign-in that this tablet was withdrawn: nothing else asks it while everybody's records are shut. */
  readonly onRevoked?: () => void;
  /** Runs every so often while the app is awake: leases end, and are renewed. */
  readonly onQuarterHour?: (run: () => void) => void;
}

/** No memory to derive a key in, or no worker to do it: nothing was tried, and it may be tried again. */
const notDerived = (): Result<never, UnlockFailure> => err({ type: 'storage-failed' });

type PinState = Extract<SessionState, { phase: 'signed-in' }>['pin'];
const who: Door = { at: 'who' };

/**
 * Who is at this tablet. Everybody's records are locked at a cold start and open with what their owner types, without asking the server: an ended
 * session is only the end of exchanging, never of working. One person's records are open at a time.
 */
export async function createSessions(parts: SessionsParts): Promise<Sessions> {
  const { api, openId, people, device, keyrings, counts } = parts;
  const state = createLive<SessionState>({ phase: 'opening' });
  let open: (Workspace & { readonly pin: PinState; readonly isAnew: boolean }) | null = null;
  let door: Door = who;
  /** A database that is still being closed cannot be opened again. */
  let closing: Promise<unknown> = Promise.resolve();
  let wanted: Call | null = parts.call ?? null;

  function show(workspace: NonNullable<typeof open>): void {
    const { here, tablet, pin, isAnew } = workspace;
    state.set({
      phase: 'signed-in',
      tablet,
      demo: here.demo,
      mustChangePassword: here.mustChangePassword,
      pin,
      isAnew,
    });
  }

  function showDoor(next: Door): void {
    door = next;
    const atDoor = people
      .list()
      .map(({ person, name }) => ({ person, name, counts: counts.of(person) }))
      .reverse();
    const now: SessionState =
      atDoor.length === 0 ? { phase: 'signed-out' } : { phase: 'locked', people: atDoor, door };
    if (JSON.stringify(state.get()) !== JSON.stringify(now)) state.set(now);
  }
  const isSomebodyIn = (): boolean => open !== null;
  const isAtDoor = (): boolean => open === null && state.get().phase !== 'opening';
  function happens(event: DoorEvent): void {
    if (isAtDoor()) showDoor(step(door, event));
  }

  async function choose(person: PersonId): Promise<void> {
    const status = await keyrings.status(person);
    happens({ type: 'chosen', person, status, now: parts.clock.now() });
  }
  /** Nobody else can be meant. */
  async function chooseOnly(): Promise<void> {
    const [only, ...others] = people.list();
    if (only !== undefined && others.length === 0) await choose(only.person);
  }

  /** Closes what is open; `tell`: other windows lock as well. What is shown is the caller's. */
  function leave(tell: boolean): Workspace | null {
    const before = open;
    open = null;
    if (before === null) return null;
    before.keepCounts();
    before.stop();
    if (tell) before.held.lock();
    else before.held.release();
    closing = Promise.all([closing, before.tablet.close()]);
    return before;
  }

  async function lock(then: (person: PersonId) => Promise<void>, tell = true): Promise<void> {
    const before = leave(tell);
    if (before === null) return;
    showDoor(who);
    await Promise.all([closing, then(before.here.person)]);
  }

  async function openFor(
    here: PersonHere,
    opened: Pick<Opened, 'keys'> & { readonly change: KeyChange | null; readonly isAnew?: boolean },
  ): Promise<void> {
    await closing;
    const workspace = await openWorkspace({ ...parts, device: () => device.current().id }, here, opened, {
      idle: () => void lock(choose),
      lockedElsewhere: () => void lock(() => chooseOnly(), false),
    });
    const { hasPin, hasPassword } = await keyrings.status(here.person);
    const pin = hasPin ? 'set' : !hasPassword ? 'needed' : !here.pinDeclined ? 'offered' : 'none';
    open = { ...workspace, pin, isAnew: opened.isAnew ?? false };
    if (wanted?.person !== null && wanted?.person !== here.person) wanted = null;
    show(open);
  }

  /** Asks, behind the screen, whether the session still holds and what has changed about it. */
  async function refresh(person: PersonId): Promise<void> {
    const slot = open?.here.slot ?? null;
    if (slot === null) return;
    const answer = await api.current(slot);
    if (!answer.ok || answer.value.person !== person) return;
    await keyrings.contact(person, answer.value.lease ?? null, answer.value.asOf);
    if (open?.here.person !== person || open.here.slot !== slot) return;
    const now = people.signedIn(answer.value, slot);
    if (now.demo === open.here.demo && now.mustChangePassword === open.here.mustChangePassword) return;
    open = { ...open, here: now };
    show(open);
  }
  async function lookAtLease(): Promise<void> {
    const person = open?.here.person;
    if (person === undefined) return;
    await refresh(person);
    const { lease } = await keyrings.status(person);
    if (lease === 'ended' && open?.here.person === person) await lock(choose);
  }

  /** Ends at the server what was left here without a network: its cookie would stand for that person until it runs out. */
  async function payOwedSignOuts(): Promise<void> {
    for (const slot of people.owedSignOuts()) {
      if (people.list().some((each) => each.slot === slot)) people.owesSignOut(slot, false);
      else await endSession(slot);
    }
  }

  async function endSession(slot: number): Promise<void> {
    const answer = await api.signOut(slot);
    const isOver = answer.ok || (answer.error.type === 'problem' && answer.error.status < 500);
    people.owesSignOut(slot, !isOver);
  }

  /**
   * The present person's slot when their session has ended; while it lives it stays theirs, for whoever signs in now may be
   * somebody else. When all are taken, that of whoever has been away longest: their records stay, and open as before.
   */
  async function slotForSignIn(): Promise<Result<number, SignInFailure>> {
    const present = open?.here.slot ?? null;
    if (present !== null) {
      const answer = await api.current(present);
      const hasEnded = !answer.ok && answer.error.type === 'problem' && answer.error.status === 401;
      if (hasEnded) return ok(present);
      if (!answer.ok) return err(signInFailure(answer.error));
    }
    await payOwedSignOuts();
    const slot = people.freeSlot() ?? people.longestAway()?.slot ?? null;
    return slot === null ? err({ type: 'tablet-full' }) : ok(slot);
  }

  /** The keys of somebody who has just signed in at the server. */
  async function keysOf(
    { person, lease, asOf }: Session,
    slot: number,
    password: string | null,
  ): ReturnType<Keyrings['signedIn']> {
    const opened = await keyrings.signedIn({ person, slot, password, lease: lease ?? null, asOf });
    if (!opened.ok && opened.error.type === 'revoked') parts.onRevoked?.();
    return opened;
  }

  async function signIn(email: string, password: string): Promise<Result<undefined, SignInFailure>> {
    const place = await slotForSignIn();
    if (!place.ok) return place;
    const slot = place.value;
    const answer = await api.signIn(slot, email, password, device.current());
    if (!answer.ok) return err(signInFailure(answer.error));
    const session = answer.value;
    const oldSlot = people.find(session.person)?.slot ?? null;
    const here = people.signedIn(session, slot);
    if (oldSlot !== null && oldSlot !== slot) await endSession(oldSlot);
    const opened = await keysOf(session, slot, password);
    if (open?.here.person === session.person && open.here.slot === slot) {
      // What opens the records already does so still when the keys could not be looked after now.
      open = { ...open, here, change: opened.ok ? opened.value.change : open.change };
      open.tablet.wake();
      show(open);
      return ok(undefined);
    }
    if (!opened.ok) return err(keysFailure(opened.error));
    leave(false);
    try {
      await openFor(here, opened.value);
      return ok(undefined);
    } catch {
      showDoor(who);
      return err({ type: 'storage-failed' });
    }
  }

  /** Somebody comes from the hospital's own sign-in, where no records can be opened. */
  async function openArrived(here: PersonHere): Promise<boolean> {
    if (here.slot === null) return false;
    const answer = await api.current(here.slot);
    if (!answer.ok || answer.value.person !== here.person) return false;
    const opened = await keysOf(answer.value, here.slot, null);
    if (!opened.ok) return false;
    await openFor(here, opened.value);
    return true;
  }

  async function enter(text: string): Promise<void> {
    happens({ type: 'time', now: parts.clock.now() });
    happens({ type: 'entered' });
    if (door.at !== 'trying' || !isAtDoor()) return;
    const { person, kind } = door;
    const opened = await keyrings.unlock(person, { kind, text }).catch(notDerived);
    const here = people.find(person);
    if (!opened.ok || here === null) {
      const failure = opened.ok ? ({ type: 'storage-failed' } as const) : opened.error;
      happens({ type: 'refused', failure, now: parts.clock.now() });
      return;
    }
    try {
      await openFor(here, opened.value);
      void refresh(person);
    } catch (error) {
      state.set({ phase: 'opening-failed', error });
    }
  }

  /** The right to change what opens the records that are open. */
  async function rightToChange(
    present: Parameters<Sessions['pin']['set']>[1],
  ): Promise<Result<KeyChange, PinFailure>> {
    if (open === null) return err({ type: 'sign-in' });
    if (open.change !== null) return ok(open.change);
    const { person, slot } = open.here;
    if (present !== undefined) {
      const opened = await keyrings.unlock(person, present).catch(notDerived);
      return opened.ok ? ok(opened.value.change) : err(presentFailure(opened.error));
    }
    if (open.pin !== 'needed') return err({ type: 'present-needed' });
    // There is nothing to prove oneself with: the session has to do.
    const answer = slot === null ? null : await api.current(slot);
    if (slot === null || answer?.ok !== true || answer.value.person !== person)
      return err({ type: 'sign-in' });
    const opened = await keysOf(answer.value, slot, null);
    return opened.ok ? ok(opened.value.change) : err({ type: 'sign-in' });
  }

  async function start(): Promise<void> {
    const arrived = people.takeArrived();
    const handed = await parts.handOver.take();
    try {
      if (arrived !== null && (await openArrived(arrived))) return;
      const isMeant = arrived === null && (wanted === null || wanted.person === handed?.person);
      const here = handed === null || !isMeant ? null : people.find(handed.person);
      if (handed !== null && here !== null) {
        await openFor(here, { keys: handed, change: null });
        void refresh(here.person);
        return;
      }
    } catch (error) {
      state.set({ phase: 'opening-failed', error });
      return;
    }
    showDoor(who);
    if (wanted !== null && wanted.person !== null && people.find(wanted.person) !== null)
      await choose(wanted.person);
    else if (arrived !== null) showDoor({ at: 'server', person: arrived.person, why: 'no-such-secret' });
    else await chooseOnly();
  }

  void payOwedSignOuts();
  await start();
  parts.onQuarterHour?.(() => void lookAtLease());

  return {
    state,
    device,
    signIn,
    ...(openId === undefined
      ? {}
      : {
          openId: {
            async name() {
              const answer = await openId.methods();
              return answer.ok ? (answer.value.openId?.name ?? null) : null;
            },
            async begin() {
              const place = await slotForSignIn();
              return place.ok ? openId.begin(place.value, device.current()) : place;
            },
          },
        }),
    async changePassword(current, next) {
      const slot = open?.here.slot ?? null;
      if (slot === null) return err({ type: 'other' });
      const answer = await api.changePassword(slot, current, next);
      if (!answer.ok) return err(passwordFailure(answer.error));
      const here = people.signedIn(answer.value, slot);
      // The tablet is to open with the new one; where that cannot be kept now, the next sign-in does it.
      const opened = await keysOf(answer.value, slot, next);
      if (opened.ok) await opened.value.settled;
      if (open !== null) {
        open = { ...open, here };
        show(open);
      }
      return ok(undefined);
    },
    lock: (why) => lock(why === 'idle' ? choose : chooseOnly),
    door: {
      choose,
      back: () => happens({ type: 'back' }),
      someoneElse: () => happens({ type: 'someone-else' }),
      forgotten: () => happens({ type: 'forgotten' }),
      otherWay: () => happens({ type: 'other-way' }),
      look: () => happens({ type: 'time', now: parts.clock.now() }),
      enter,
    },
    pin: {
      async set(pin, present) {
        const change = await rightToChange(present);
        if (!change.ok) return change;
        const made = await change.value.setPin(pin);
        if (!made.ok) return made;
        if (open !== null) {
          open = { ...open, change: null, pin: 'set' };
          show(open);
        }
        return ok(undefined);
      },
      async presentKinds() {
        if (open === null || open.change !== null) return [];
        const { hasPin, hasPassword } = await keyrings.status(open.here.person);
        return [...(hasPin ? (['pin'] as const) : []), ...(hasPassword ? (['password'] as const) : [])];
      },
      decline() {
        if (open?.pin !== 'offered') return;
        people.declinesPin(open.here.person);
        open = { ...open, change: null, pin: 'none' };
        show(open);
      },
    },
    async called(call) {
      if (open !== null && (call.person === null || call.person === open.here.person)) return;
      const isHere = call.person !== null && people.find(call.person) !== null;
      wanted = isHere || call.person === null ? call : null;
      const ask = (): Promise<void> => (isHere ? choose(call.person) : Promise.resolve());
      await (isSomebodyIn() ? lock(ask) : ask());
    },
    takePath(person) {
      const path =
        wanted !== null && (wanted.person === null || wanted.person === person) ? wanted.path : null;
      wanted = null;
      return path;
    },
    async signOut() {
      const before = leave(true);
      if (before !== null) people.signedOut(before.here.person);
      showDoor(who);
      const slot = before?.here.slot ?? null;
      await Promise.all([closing, slot === null ? undefined : endSession(slot)]);
    },
    async demoSignIns() {
      const answer = await api.demoSignIns();
      return answer.ok ? answer.value.people : null;
    },
  };
}
