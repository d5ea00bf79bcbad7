import { err, ok } from '#shared/lib/result.ts';
import type { Sessions, SessionState } from '$lib/session-ui/sessions.ts';
import { thisDevice } from '$lib/session/people-here.ts';
import { createLive } from '$lib/tablet/live.ts';
import { createFakeTablet, type Scenario } from './fake-tablet.ts';
import { staff } from './hospital.ts';

/** `?as=raza&scenario=stale` on any address chooses who is signed in and what the night is like; kept for the tab. */
export function openSessions(): Promise<Sessions> {
  const asked = new URLSearchParams(location.search);
  for (const key of ['as', 'scenario']) {
    const value = asked.get(key);
    if (value !== null) sessionStorage.setItem(`fake-${key}`, value);
  }
  const scenario = (sessionStorage.getItem('fake-scenario') ?? 'night') as Scenario;
  const signedIn = (key: keyof typeof staff): SessionState => {
    const tablet = createFakeTablet(staff[key].id, scenario);
    Object.assign(globalThis, { fakeTablet: tablet });
    return {
      phase: 'signed-in',
      tablet,
      demo: true,
      mustChangePassword: scenario === ('first-use' as Scenario),
      pin: 'none',
      isAnew: false,
    };
  };
  const as = sessionStorage.getItem('fake-as');
  const state = createLive<SessionState>(
    as === null ? { phase: 'signed-out' } : signedIn(as as keyof typeof staff),
  );
  return Promise.resolve({
    state,
    device: thisDevice(localStorage, () => crypto.randomUUID()),
    signIn(email, password) {
      const key = email.split('@')[0] ?? '';
      if (password !== 'demo-password' || !(key in staff))
        return Promise.resolve(err({ type: 'wrong-credentials' as const }));
      sessionStorage.setItem('fake-as', key);
      state.set(signedIn(key as keyof typeof staff));
      return Promise.resolve(ok(undefined));
    },
    changePassword: () => Promise.resolve(ok(undefined)),
    lock() {
      state.set({ phase: 'signed-out' });
      return Promise.resolve();
    },
    door: {
      choose: () => Promise.resolve(),
      back: () => undefined,
      someoneElse: () => undefined,
      forgotten: () => undefined,
      otherWay: () => undefined,
      look: () => undefined,
      enter: () => Promise.resolve(),
    },
    pin: {
      set: () => Promise.resolve(ok(undefined)),
      presentKinds: () => Promise.resolve(['password']),
      decline: () => undefined,
    },
    called: () => Promise.resolve(),
    takePath: () => null,
    signOut() {
      sessionStorage.removeItem('fake-as');
      state.set({ phase: 'signed-out' });
      return Promise.resolve();
    },
    demoSignIns: () =>
      Promise.resolve(
        (['raza', 'siddiq', 'rehman', 'baig'] as const).map((key) => ({
          email: `${key}@demo.test`,
          password: 'demo-password',
          name: staff[key].name,
          description: {
            raza: 'General Medicine, asks',
            siddiq: 'Cardiology, on call',
            rehman: 'Cardiology, receives',
            baig: 'Cardiology, head',
          }[key],
        })),
      ),
  });
}
