import { personIdSchema } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { ok } from '#shared/lib/result.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import { createSessionApi, type SessionApi } from '$lib/session/session-api.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import type { OutboxStore } from '$lib/sync/push-loop.ts';
import { timers } from '$lib/sync/scheduler.ts';
import type { ServerPort } from '$lib/sync/server-port.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import { sendOutbox, type SendOutboxParts } from '$lib/worker/send-outbox.ts';

/** An outbox that lives as long as the page, for a tablet none of whose databases opens. */
export interface MemoryOutbox extends OutboxStore {
  /** How many have been accepted at the server. */
  accepted(): number;
  close(): Promise<void>;
}

export function createMemoryOutbox(entries: readonly OutboxEntry[]): MemoryOutbox {
  const held = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    outbox: () => Promise.resolve([...held.values()]),
    saveToOutbox(saved) {
      for (const entry of saved) held.set(entry.id, entry);
      return Promise.resolve(ok(undefined));
    },
    // What was refused stays to be kept as a file.
    removeFromOutbox: () => Promise.resolve(ok(undefined)),
    putNote: () => Promise.resolve(ok(undefined)),
    accepted: () => [...held.values()].filter((entry) => entry.accepted !== null).length,
    close: () => Promise.resolve(),
  };
}

export interface MemorySendingParts {
  readonly sessions: Pick<SessionApi, 'current'>;
  readonly openServer: (slot: number) => ServerPort;
  readonly clock: SendOutboxParts['clock'];
  /** The session's slot of a person; null: signed out. */
  readonly slotOf: (person: string) => number | null;
}

/** Sends what it can under the person's own session; answers whether all of it is at the server. */
export async function sendFromMemory(
  person: string,
  outbox: MemoryOutbox,
  parts: MemorySendingParts,
): Promise<boolean> {
  const slot = parts.slotOf(person);
  const parsed = personIdSchema.safeParse(person);
  if (slot === null || !parsed.success) return false;
  try {
    await sendOutbox(
      { person: parsed.data, slot, generation: 0 },
      { ...parts, openStore: () => Promise.resolve(outbox) },
    );
  } catch {
    // No answer, or not to the end: what was accepted is counted, the rest can be sent again.
  }
  return outbox.accepted() === (await outbox.outbox()).length;
}

/** In this browser. */
export function browserSending(): MemorySendingParts {
  const fetchIt: typeof fetch = (...request) => fetch(...request);
  return {
    sessions: createSessionApi(fetchIt),
    openServer: (slot) =>
      createFetchServer({
        origin: '',
        slot,
        fetch: fetchIt,
        scheduler: timers,
        elapsedMs: () => performance.now(),
      }),
    clock: { now: () => msToInstant(Date.now()) },
    slotOf(person) {
      const parsed = personIdSchema.safeParse(person);
      return parsed.success ? (createPeopleHere(localStorage).find(parsed.data)?.slot ?? null) : null;
    },
  };
}
