import { mount, unmount } from 'svelte';
import type { Instant } from '#shared/lib/instant-arithmetic.ts';
import { getLocale } from '$lib/paraglide/runtime.js';
import { drawn } from '$lib/time/drawn.ts';
import FirstScreen from './FirstScreen.svelte';
import { keptScreen, type ScreenStore } from './kept-screen.ts';

/** No start takes so long. */
const maxShownMs = 15_000;

/** What a person did on the kept screen, for the live one to take over. */
export interface Handed {
  isTouched: boolean;
  scrollTop: number;
  /** The list that was chosen. */
  list: 'department' | 'mine';
  /** The link that was tapped; null: none. */
  wanted: string | null;
  letGo(): void;
}

interface Shown {
  readonly handed: Handed;
  readonly whenUntouched: () => Promise<void>;
  readonly remove: () => Promise<void>;
}
// Shown before there is a router, left by the first screen with live data: two ends of one page, which have nothing else in common.
let shown: Shown | null = null;

function createHanded(): { readonly handed: Handed; readonly whenUntouched: () => Promise<void> } {
  let onLetGo: (() => void) | null = null;
  const handed: Handed = {
    isTouched: false,
    scrollTop: 0,
    list: 'department',
    wanted: null,
    letGo() {
      handed.isTouched = false;
      // The click comes after the finger has gone.
      setTimeout(() => onLetGo?.());
    },
  };
  return {
    handed,
    whenUntouched: () =>
      handed.isTouched ? new Promise((resolve) => (onLetGo = resolve)) : Promise.resolve(),
  };
}

/**
 * Draws the inbox as it was last kept over everything, where the app was opened at its inbox. Resolves when it stands on the screen, so
 * that all that is loaded and read afterwards does not hold it up.
 */
export async function showFirstScreen(store: ScreenStore, path: string, deviceNow: Instant): Promise<void> {
  const kept = path === '/' ? keptScreen(store, getLocale()) : null;
  if (kept === null) return;
  const { handed, whenUntouched } = createHanded();
  const screen = mount(FirstScreen, { target: document.body, props: { kept, deviceNow, handed } });
  shown = { handed, whenUntouched, remove: () => unmount(screen) };
  // Whatever keeps the live screens from coming has something to say, which must be seen.
  setTimeout(() => void leaveFirstScreen(), maxShownMs);
  await drawn();
  // A finger that came down meanwhile is heard before the rest of the app is run.
  await new Promise((resolve) => setTimeout(resolve));
}

/** Takes the kept screen away, not under a finger. null: there was none. */
export async function leaveFirstScreen(): Promise<Pick<Handed, 'list' | 'scrollTop' | 'wanted'> | null> {
  const was = shown;
  if (was === null) return null;
  shown = null;
  await was.whenUntouched();
  await was.remove();
  return was.handed;
}
