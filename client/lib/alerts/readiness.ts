import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { isTurnTestSilent, type TurnTest } from '#shared/alert/turn-test.ts';
import { minutesBetween, type Instant } from '#shared/lib/instant.ts';
import type { Connection } from '$lib/tablet/tablet.ts';
import type { Reachability } from './push-subscription.ts';

/** What is looked at, in the order it is shown: what wakes first, then what keeps. */
export const pointNames = [
  'permission',
  'subscription',
  'ways',
  'turn',
  'whole',
  'clock',
  'version',
  'kept',
  'space',
] as const;
export type PointName = (typeof pointNames)[number];

/** 'asking': not answered yet · 'unknown': nobody could say, such as without a network. */
export type PointState = 'good' | 'look' | 'mend' | 'asking' | 'unknown';

export interface Point {
  readonly name: PointName;
  readonly state: PointState;
}

export interface ReadinessFacts {
  /** What the browser says of notifications; null: not asked yet. */
  readonly permission: 'granted' | 'denied' | 'not-asked' | 'unsupported' | null;
  /** null: not known yet. */
  readonly reachability: Reachability['state'] | null;
  /** The server took this device's subscription just now; null: being asked; undefined: nobody answered. */
  readonly isKnownToServer: boolean | null | undefined;
  /** null: being asked; undefined: the browser does not tell. */
  readonly storage: { readonly persistent: boolean; readonly freeBytes: number } | null | undefined;
  /** null: being asked; undefined: nobody answered. */
  readonly hasNewerVersion: boolean | null | undefined;
  /** By what the server reaches the person at all; null: being asked; undefined: nobody answered, or a server that does not say. */
  readonly ways:
    | { readonly reaches: readonly OutsideChannel[]; readonly available: readonly OutsideChannel[] }
    | null
    | undefined;
  /** The test at the start of the person's turn; null: none was sent. Absent: not on call now. */
  readonly turn?: { readonly test: TurnTest | null };
  readonly connection: Pick<Connection, 'clockOffsetMs' | 'lastFullSyncAt' | 'trouble'>;
  readonly now: Instant;
}

const megabyte = 1_000_000;
/** A night's consults with their patients and alerts are a few megabytes; photos come on top. */
const tooLittleBytes = 50 * megabyte;
const littleBytes = 250 * megabyte;
const clockLookMs = 60_000;
/** The server takes no older or newer events than this from an honest clock without marking them. */
const clockMendMs = 10 * 60_000;
const wholeLookMinutes = 10;
const wholeMendMinutes = 60;

function permissionState({ permission }: ReadinessFacts): PointState {
  if (permission === null) return 'asking';
  return permission === 'granted' ? 'good' : 'mend';
}

function subscriptionState({ isKnownToServer, reachability, permission }: ReadinessFacts): PointState {
  if (permission !== null && permission !== 'granted') return 'mend';
  if (isKnownToServer === null) return 'asking';
  if (isKnownToServer === undefined) return reachability === 'failed' ? 'mend' : 'unknown';
  return isKnownToServer ? 'good' : 'mend';
}

function waysState({ ways }: ReadinessFacts): PointState {
  if (ways === null) return 'asking';
  if (ways === undefined) return 'unknown';
  if (ways.reaches.length === 0) return 'mend';
  return ways.reaches.length === 1 && ways.available.length > 1 ? 'look' : 'good';
}

function turnState({ turn, now }: ReadinessFacts): PointState {
  const test = turn?.test ?? null;
  if (test === null) return 'unknown';
  if (test.shownAt !== null) return 'good';
  return isTurnTestSilent(test, now) ? 'look' : 'unknown';
}

function wholeState({ connection: { lastFullSyncAt }, now }: ReadinessFacts): PointState {
  if (lastFullSyncAt === null) return 'mend';
  const minutes = minutesBetween(lastFullSyncAt, now);
  return minutes < wholeLookMinutes ? 'good' : minutes < wholeMendMinutes ? 'look' : 'mend';
}

function clockState({ connection: { clockOffsetMs } }: ReadinessFacts): PointState {
  if (clockOffsetMs === null) return 'unknown';
  const off = Math.abs(clockOffsetMs);
  return off < clockLookMs ? 'good' : off < clockMendMs ? 'look' : 'mend';
}

function versionState({ connection: { trouble }, hasNewerVersion }: ReadinessFacts): PointState {
  if (trouble === 'update-needed') return 'mend';
  if (hasNewerVersion === null) return 'asking';
  if (hasNewerVersion === undefined) return 'unknown';
  return hasNewerVersion ? 'look' : 'good';
}

function keptState({ storage }: ReadinessFacts): PointState {
  if (storage === null) return 'asking';
  if (storage === undefined) return 'unknown';
  return storage.persistent ? 'good' : 'look';
}

function spaceState({ storage, connection: { trouble } }: ReadinessFacts): PointState {
  if (trouble === 'storage-failing') return 'mend';
  if (storage === null) return 'asking';
  if (storage === undefined) return 'unknown';
  return storage.freeBytes < tooLittleBytes ? 'mend' : storage.freeBytes < littleBytes ? 'look' : 'good';
}

const judges: Readonly<Record<PointName, (facts: ReadinessFacts) => PointState>> = {
  permission: permissionState,
  subscription: subscriptionState,
  ways: waysState,
  turn: turnState,
  whole: wholeState,
  clock: clockState,
  version: versionState,
  kept: keptState,
  space: spaceState,
};

/** What there is nothing to say about: no turn, or one that began before the server sent tests. */
const isMeant = (name: PointName, { turn }: ReadinessFacts): boolean =>
  name !== 'turn' || (turn !== undefined && turn.test !== null);

/** OFF-9: every point with its state, from facts alone. */
export const readinessPoints = (facts: ReadinessFacts): Point[] =>
  pointNames.filter((name) => isMeant(name, facts)).map((name) => ({ name, state: judges[name](facts) }));

/** One verdict: 'ready' only when nobody is left to ask and nothing is to mend. */
export type Verdict = 'asking' | 'ready' | 'nearly' | 'not-ready';

export function verdictOf(points: readonly Point[]): Verdict {
  const states = new Set(points.map(({ state }) => state));
  if (states.has('mend')) return 'not-ready';
  if (states.has('asking')) return 'asking';
  return states.has('look') || states.has('unknown') ? 'nearly' : 'ready';
}

export type Platform = 'android' | 'apple' | 'desktop';

/** An iPad calls itself a Mac; only its Safari knows `standalone`. */
export function platformOf(browser: { readonly userAgent: string }): Platform {
  if (/Android/i.test(browser.userAgent)) return 'android';
  return /iPhone|iPad|iPod/.test(browser.userAgent) || 'standalone' in browser ? 'apple' : 'desktop';
}
