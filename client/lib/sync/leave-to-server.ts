import type { Clock, Instant } from '#shared/lib/instant.ts';
import { isThin, thinned } from '$lib/storage/thin.ts';
import type { PullLoop } from './pull-loop.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { HeldDocument, TabletStore } from './tablet-store.ts';

/** So many of the ended are always here, however full the tablet is. */
export const keptEnded = 30;
/** So many go at one look. */
const atOneLook = 200;
const pageSize = 50;
/** In the settings of the person's records. */
export const leftToServerSetting = 'left-to-server';
const leftNote = `setting:${leftToServerSetting}`;

/** What this tablet has left to the server so far, and when it last did. */
export interface LeftToServer {
  readonly count: number;
  readonly at: Instant;
}
export const isLeftToServer = (value: unknown): value is LeftToServer =>
  typeof value === 'object' && value !== null && 'count' in value && 'at' in value;

export interface LeaveParts {
  readonly store: TabletStore;
  /** That of the consults. */
  readonly loop: Pick<PullLoop, 'heal'>;
  readonly clock: Clock;
}

/**
 * Makes room by leaving to the server the words of consults that ended longest ago, through the replication like everything that is written
 * there. Whatever has something unsent, half written or not yet taken back by the server stays whole. Answers how many it left.
 */
export async function leaveToServer({ store, loop, clock }: LeaveParts): Promise<number> {
  if (store.readEndedLongestAgo === undefined) return 0;
  const [ended, newest, outbox, notes] = await Promise.all([
    store.readEndedLongestAgo(2 * atOneLook),
    store.readEndedConsults(keptEnded),
    store.outbox(),
    store.notes(''),
  ]);
  const kept = new Set([...newest.map(({ id }) => id), ...outbox.map(({ document }) => document)]);
  const written = JSON.stringify(
    [...notes].filter(([key]) => key.startsWith('draft:') || key.startsWith('offer:')),
  );
  const older = ended
    .filter((held) => !isThin(held) && !kept.has(held.id) && !written.includes(held.id))
    .slice(0, atOneLook);
  let left = 0;
  for (let at = 0; at < older.length; at += pageSize) {
    const page = older.slice(at, at + pageSize).map(thinned);
    if ((await loop.heal(page)).type !== 'caught-up') break;
    left += page.length;
  }
  if (left > 0) {
    const before = await store.note(leftNote);
    const count = left + (isLeftToServer(before) ? before.count : 0);
    await store.putNote(leftNote, { count, at: clock.now() } satisfies LeftToServer);
  }
  return left;
}

/** A consult whose words were left to the server, whole, for as long as somebody looks at it; null: it is none, or cannot be had now. */
export async function fetchWhole(
  id: string,
  parts: {
    readonly store: TabletStore;
    readonly server: ServerPort;
    readonly onAnswer: (answer: Answer<unknown>) => void;
    readonly onFailure: (failure: ServerFailure) => void;
  },
): Promise<HeldDocument | null> {
  const held = (await parts.store.read('consults', [id])).get(id);
  if (held === undefined || !isThin(held)) return null;
  const answer = await parts.server.documents({ collection: 'consults', ids: [id] });
  if (!answer.ok) {
    parts.onFailure(answer.error);
    return null;
  }
  parts.onAnswer(answer.value);
  const whole = answer.value.body.documents.find((document) => document.id === id);
  return whole === undefined || 'gone' in whole ? null : whole;
}
