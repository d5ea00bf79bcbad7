import type { Clock } from '#shared/lib/instant.ts';
import { ok } from '#shared/lib/result.ts';
import { isSealed } from '$lib/db/seal.ts';
import type { RawRead } from '$lib/rescue/raw-database.ts';
import { salvage } from '$lib/rescue/salvage.ts';
import { createClockOffset } from '$lib/sync/clock-offset.ts';
import { isSetAside, pushOutbox, setAsidePrefix, type OutboxStore } from '$lib/sync/push-loop.ts';
import type { ServerPort } from '$lib/sync/server-port.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';

export interface HandInParts {
  /** Everybody who has a database here, with the slot of their session (null: signed out). */
  readonly people: readonly {
    readonly slot: number | null;
    readonly databases: readonly string[];
    /** Ids of what the lock screen knows to wait; null: nobody knows. Of sealed records it is all that can be read. */
    readonly waiting: ReadonlySet<string> | null;
  }[];
  /** Reads round the engine, so that a damaged database is read as far as it goes. */
  readonly read: (database: string) => Promise<RawRead>;
  readonly openServer: (slot: number) => ServerPort;
  readonly clock: Clock;
  /** Brings the sealed parcels of everybody: the ids of the events that are at the server by them; null: there was no answer. */
  readonly deliverAll: () => Promise<ReadonlySet<string> | null>;
}

interface Waiting extends OutboxStore {
  /** What is not at the server, in any way. */
  left(): readonly OutboxEntry[];
}

/** An outbox of what is still to be handed in; nothing of it is written anywhere. */
function waitingOf(entries: readonly OutboxEntry[]): Waiting {
  const toSend = new Map(entries.map((entry) => [entry.id, entry]));
  const notTaken = new Map<string, OutboxEntry>();
  return {
    outbox: () => Promise.resolve([...toSend.values()]),
    saveToOutbox(saved) {
      // Accepted: it was at the server before the device was withdrawn.
      for (const { id, accepted } of saved) if (accepted !== null) toSend.delete(id);
      return Promise.resolve(ok(undefined));
    },
    putNote(key, note) {
      const id = key.slice(setAsidePrefix.length);
      const entry = toSend.get(id);
      const stays = isSetAside(note) && note.outcome.state === 'refused' && note.outcome.kept === 'tablet';
      if (stays && entry !== undefined) notTaken.set(id, entry);
      return Promise.resolve(ok(undefined));
    },
    removeFromOutbox(ids) {
      for (const id of ids) toSend.delete(id);
      return Promise.resolve(ok(undefined));
    },
    left: () => [...toSend.values(), ...notTaken.values()],
  };
}

const worthAnotherTry = new Set(['no-answer', 'not-our-server', 'unavailable']);

/**
 * Hands in what anybody left unsent here, each under their own session where it still stands and else under another's of this device: the
 * server sets all of it aside. null: there was no answer, and it is worth trying again; nothing is lost by then.
 */
export async function handInAll(
  slots: readonly number[],
  parts: HandInParts,
): Promise<{ readonly handedIn: number; readonly lost: number } | null> {
  // First: of what lies sealed they are the only copy that can be handed in, and what they brought need not be brought again.
  const atServer = await parts.deliverAll();
  if (atServer === null) return null;
  let handedIn = 0;
  let lost = 0;
  for (const { slot: own, databases, waiting: known } of parts.people) {
    const reads = await Promise.all(databases.map(parts.read));
    const salvaged = reads.map(salvage);
    const unsent = new Map(
      salvaged.flatMap(({ entries }) =>
        entries.filter(({ accepted }) => accepted === null).map((entry) => [entry.id, entry] as const),
      ),
    );
    let left: readonly OutboxEntry[] = [...unsent.values()].filter(({ id }) => !atServer.has(id));
    const ways = [...new Set([...(own === null ? [] : [own]), ...slots])];
    for (const slot of ways) {
      if (left.length === 0) break;
      const waiting = waitingOf(left);
      const server = parts.openServer(slot);
      const run = await pushOutbox({
        store: waiting,
        server,
        clock: parts.clock,
        offset: createClockOffset(null),
        onAnswer: () => undefined,
        onFailure: () => undefined,
        onAttempt: () => undefined,
      });
      server.close();
      if (run.type === 'failed' && worthAnotherTry.has(run.failure.type)) return null;
      left = waiting.left();
    }
    handedIn += unsent.size - left.length;
    lost += left.length;
    for (const record of salvaged.flatMap(({ damaged }) => damaged).filter(isOfOutbox)) {
      const id = idOfSealed(record);
      if (id !== null && atServer.has(id)) handedIn += 1;
      // Sealed, and known not to wait: it was accepted, and only its document is not here yet.
      else if (id === null || known === null || known.has(id)) lost += 1;
    }
    // A part that nobody could look into counts as one: that there was nothing is not known.
    for (const read of reads) lost += read.lost + (read.whole ? 0 : 1);
  }
  return { handedIn, lost };
}

/** Half-written notes are nobody's items; what stands in the order of an outbox is. */
const isOfOutbox = (record: unknown): record is object =>
  typeof record === 'object' && record !== null && 'order' in record;

/** Which event it is; null: not a sealed record, but a broken one. */
function idOfSealed(record: object): string | null {
  if (!('id' in record) || typeof record.id !== 'string') return null;
  return 'record' in record && isSealed(record.record) ? record.id : null;
}
