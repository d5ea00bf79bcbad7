import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { PasswordFailure, Sessions, SessionState, SignInFailure } from '$lib/session-ui/sessions.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import type { OpenIdApi } from './openid-api.ts';
import type { PeopleHere, PersonHere, ThisDevice } from './people-here.ts';
import type { ApiFailure, SessionApi } from './session-api.ts';

export interface OpenableTablet extends Tablet {
  wake(): void;
}

export interface SessionsParts {
  readonly api: SessionApi;
  readonly openId?: OpenIdApi;
  readonly people: PeopleHere;
  readonly device: ThisDevice;
  /** What lies ready for the next start of whoever has the workspace open goes with them. */
  readonly forgetScreen?: () => void;
  /** Rejects when this person's records cannot be opened on this tablet. */
  readonly openTablet: (who: { person: PersonId; device: DeviceId; slot: number }) => Promise<OpenableTablet>;
}

function signInFailure(failure: ApiFailure): SignInFailure {
  if (failure.type !== 'problem') return failure;
  switch (failure.code) {
    case 'wrong-credentials':
    case 'update-needed':
      return { type: failure.code };
    case 'slowed-down':
    case 'rate-limited':
      return { type: 'slowed-down', retryAfterSeconds: failure.retryAfterSeconds };
    default:
      return failure.status >= 500 ? { type: 'no-answer' } : { type: 'other' };
  }
}

function passwordFailure(failure: ApiFailure): PasswordFailure {
  if (failure.type !== 'problem') return { type: 'no-answer' };
  if (failure.code === 'wrong-credentials' || failure.code === 'weak-password') return { type: failure.code };
  return { type: failure.status >= 500 ? 'no-answer' : 'other' };
}

/**
 * Who is at this tablet. The last person's workspace opens without asking the server: an ended session is only the end of
 * exchanging, never of working. One person's records are open at a time.
 */
export async function createSessions(parts: SessionsParts): Promise<Sessions> {
  const { api, openId, people, device } = parts;
  const state = createLive<SessionState>({ phase: 'opening' });
  let open: {
    readonly here: PersonHere;
    readonly tablet: OpenableTablet;
    readonly stopNaming: () => void;
  } | null = null;

  function show(here: PersonHere, tablet: Tablet): void {
    state.set({ phase: 'signed-in', tablet, demo: here.demo, mustChangePassword: here.mustChangePassword });
  }

  async function close(): Promise<void> {
    const before = open;
    open = null;
    before?.stopNaming();
    if (before !== null) parts.forgetScreen?.();
    await before?.tablet.close();
  }

  async function openFor(here: PersonHere): Promise<void> {
    const slot = here.slot ?? 0;
    const tablet = await parts.openTablet({ person: here.person, device: device.current().id, slot });
    const stopNaming = tablet.directory.subscribe(({ people: staff }) => {
      const name = staff.get(here.person)?.name;
      if (name !== undefined && name !== people.find(here.person)?.name) people.named(here.person, name);
    });
    open = { here, tablet, stopNaming };
    show(here, tablet);
  }

  /** Asks, behind the screen, whether the session still holds and what has changed about it. */
  async function refresh(here: PersonHere): Promise<void> {
    if (here.slot === null) return;
    const answer = await api.current(here.slot);
    if (!answer.ok || answer.value.person !== here.person || open?.here.person !== here.person) return;
    const now = people.signedIn(answer.value, here.slot);
    if (now.demo === here.demo && now.mustChangePassword === here.mustChangePassword) return;
    open = { ...open, here: now };
    show(now, open.tablet);
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
   * somebody else.
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
    const free = people.freeSlot();
    return free === null ? err({ type: 'tablet-full' }) : ok(free);
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
    if (open?.here.person === session.person && open.here.slot === slot) {
      open = { ...open, here };
      open.tablet.wake();
      show(here, open.tablet);
      return ok(undefined);
    }
    try {
      await close();
      await openFor(here);
      return ok(undefined);
    } catch {
      state.set({ phase: 'signed-out' });
      return err({ type: 'storage-failed' });
    }
  }

  void payOwedSignOuts();
  const last = people.last();
  if (last === null) state.set({ phase: 'signed-out' });
  else {
    await openFor(last);
    void refresh(last);
  }

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
      if (open !== null) {
        open = { ...open, here };
        show(here, open.tablet);
      }
      return ok(undefined);
    },
    async signOut() {
      const before = open?.here ?? null;
      state.set({ phase: 'signed-out' });
      await close();
      if (before === null) return;
      people.signedOut(before.person);
      if (before.slot !== null) await endSession(before.slot);
    },
    async demoSignIns() {
      const answer = await api.demoSignIns();
      return answer.ok ? answer.value.people : null;
    },
  };
}
