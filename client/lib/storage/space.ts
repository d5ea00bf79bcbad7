import type { StorageUse } from './storage-use.ts';

/** Of what the browser gives this app. */
const tightAtShare = 0.8;
const nearlyFullAtShare = 0.9;

/** `nearly-full`: nothing is fetched any more that only takes room; what a person writes still is kept. */
export type SpaceLevel = 'roomy' | 'tight' | 'nearly-full';

export type Room = Pick<StorageUse, 'usedBytes' | 'quotaBytes'>;

/** null and a quota of nothing: the browser does not tell, and nobody is worried by a guess. */
export function spaceLevel(room: Room | null): SpaceLevel {
  if (room === null || room.quotaBytes <= 0) return 'roomy';
  const share = room.usedBytes / room.quotaBytes;
  if (share >= nearlyFullAtShare) return 'nearly-full';
  return share >= tightAtShare ? 'tight' : 'roomy';
}

/** What can be fetched again goes first; then the words of consults that ended longest ago, which the server keeps. */
const remedies = ['caches', 'ended-consults'] as const;
export type Remedy = (typeof remedies)[number];

/** What to let go of next; null: there is room enough, or nothing is left that may go. */
export function nextRemedy(room: Room | null, tried: ReadonlySet<Remedy>): Remedy | null {
  if (spaceLevel(room) === 'roomy') return null;
  return remedies.find((remedy) => !tried.has(remedy)) ?? null;
}
