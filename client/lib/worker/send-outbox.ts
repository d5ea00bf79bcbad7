import type { Clock } from '#shared/lib/instant.ts';
import { pushInBackground } from '$lib/sync/background-push.ts';
import type { OutboxStore } from '$lib/sync/push-loop.ts';
import type { ServerPort } from '$lib/sync/server-port.ts';
import type { SessionApi } from '$lib/session/session-api.ts';
import type { PersonId } from '#shared/lib/id.ts';

/** Whose outbox to send and with which session. */
export interface OutboxTag {
  readonly person: PersonId;
  readonly slot: number;
  /** Which of their databases is in use. */
  readonly generation: number;
}

export interface SendOutboxParts {
  readonly sessions: Pick<SessionApi, 'current'>;
  readonly openStore: (tag: OutboxTag) => Promise<OutboxStore & { close(): Promise<void> }>;
  readonly openServer: (slot: number) => ServerPort;
  readonly clock: Clock;
}

/**
 * Sends one person's outbox while their app is closed. The slot may hold another person's session by now: with that one the server would refuse
 * every line, so it is asked first, and then the outbox waits for its owner. Rejects when it is worth trying again.
 */
export async function sendOutbox(tag: OutboxTag, parts: SendOutboxParts): Promise<void> {
  const { person, slot } = tag;
  const answer = await parts.sessions.current(slot);
  if (!answer.ok) {
    if (answer.error.type === 'problem' && answer.error.status < 500 && answer.error.status !== 429) return;
    throw new Error('no answer from our server yet');
  }
  if (answer.value.person !== person) return;
  const store = await parts.openStore(tag);
  const server = parts.openServer(slot);
  try {
    await pushInBackground({ store, server, clock: parts.clock });
  } finally {
    server.close();
    await store.close();
  }
}
