import type { Alert } from '#shared/alert/alert.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { WaitingReceipts } from './receipt-queue.ts';

/** The tag of a consult's notification on a device: one, however many alerts stand behind it. */
export const tagOfConsult = (consult: string): string => `consult:${consult}`;

export interface DeviceState {
  readonly person: PersonId;
  /** Several people are signed in here: what one has opened may still call another, and both share one notification. */
  readonly isShared: boolean;
  readonly looked: WaitingReceipts;
}

/** Nothing is left to say about an alert to this person on this device: it was called off, opened or answered. */
function isDone(alert: Alert, { isShared, looked }: DeviceState): boolean {
  if (alert.facts.some(({ fact }) => fact === 'stood-down')) return true;
  if (isShared) return false;
  return (
    looked[alert.id]?.fact === 'opened' ||
    alert.facts.some(({ fact }) => fact === 'opened' || fact === 'acted')
  );
}

/** Tags whose every alert to this person is done: their notifications have nothing more to say (ALE-8). */
export function tagsToClose(alerts: readonly Alert[], state: DeviceState): ReadonlySet<string> {
  const done = new Map<string, boolean>();
  for (const alert of alerts) {
    if (alert.recipient !== state.person || alert.consult === null) continue;
    const tag = tagOfConsult(alert.consult);
    done.set(tag, (done.get(tag) ?? true) && isDone(alert, state));
  }
  return new Set([...done].flatMap(([tag, isAllDone]) => (isAllDone ? [tag] : [])));
}

interface Shown {
  readonly tag: string;
  /** What the worker put into it. */
  readonly data: unknown;
  close(): void;
}

/** Put into a notification that tells what came of a tap; it calls nobody, and is the person's own to put away. */
export const replyMark = { isReply: true } as const;
const isReply = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'isReply' in data && data.isReply === true;

/** Closes what this device still shows and no longer should, as the open app learns it: the stand-down by push may come late, or never. */
export async function closeNotifications(
  shown: () => Promise<readonly Shown[]>,
  tags: ReadonlySet<string>,
): Promise<void> {
  if (tags.size === 0) return;
  for (const notification of await shown())
    if (tags.has(notification.tag) && !isReply(notification.data)) notification.close();
}
