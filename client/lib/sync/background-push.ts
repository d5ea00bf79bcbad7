import type { Clock } from '#shared/lib/instant.ts';
import { createClockOffset } from './clock-offset.ts';
import { pushOutbox, type OutboxStore, type PushRun } from './push-loop.ts';
import type { ServerPort } from './server-port.ts';

/**
 * Sends what waits in one person's outbox without the app: for the service worker's background sync. Only accepts and refusals are
 * written down; nothing leaves the outbox that a page has not seen in the record. Two senders at once do no harm: ids decide.
 * Throws when something still waits, which is how background sync is asked to try again.
 */
export async function pushInBackground(parts: {
  readonly store: OutboxStore;
  readonly server: ServerPort;
  readonly clock: Clock;
}): Promise<void> {
  const run: PushRun = await pushOutbox({
    ...parts,
    offset: createClockOffset(null),
    onAnswer: () => undefined,
    onFailure: () => undefined,
    onAttempt: () => undefined,
  });
  if (run.type === 'failed' && run.failure.type === 'signed-out') return;
  if (run.type !== 'done' || run.waiting > 0) throw new Error('something still waits in the outbox');
}
