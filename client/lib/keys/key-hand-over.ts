import { z } from 'zod';
import { personIdSchema } from '#shared/lib/id.ts';
import type { HeldKeys, KeyHandOver, UnlockedKeys } from './keyrings.ts';
import { keepMessage, takeMessage, forgetMessage } from './key-messages.ts';

const channelName = 'hc-keys';
/** Held, shared, by every window that has keys. */
const holdersLock = 'hc-keys-held';
/** In sessionStorage, which a reload keeps and a closed window takes with it: a cold start has none, and asks for the PIN. */
const ticketKey = 'hc-keys-ticket';
/** The worker always answers, if only that it has none. */
const workerWithinMs = 3_000;
/** One that holds keys may be frozen, and then it never does. */
const windowWithinMs = 1_500;

const isKey = z.custom<CryptoKey>((value) => value instanceof CryptoKey);
const keysSchema = z.object({
  person: personIdSchema,
  keyId: z.string(),
  documents: isKey,
  wrapping: isKey,
  journal: z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array),
});

function keysIn(value: unknown): UnlockedKeys | null {
  const parsed = keysSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

type Told =
  | { readonly type: 'ask'; readonly by: string }
  | { readonly type: 'answer'; readonly to: string; readonly keys: UnlockedKeys }
  | { readonly type: 'locked'; readonly keyId: string };

/** What of the browser this needs; tests bring their own. */
export interface HandOverPlace {
  openChannel(name: string): BroadcastChannel;
  readonly locks: Pick<LockManager, 'request' | 'query'> | undefined;
  readonly tickets: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** null: no worker is there (first visit, or none allowed). */
  worker(): Pick<ServiceWorker, 'postMessage'> | null;
  /** Calls back when this page is being left; answers how to stop that. */
  onLeaving(run: () => void): () => void;
  newId(): string;
}

export function createKeyHandOver(place: HandOverPlace): KeyHandOver {
  async function isHeldElsewhere(): Promise<boolean> {
    if (place.locks === undefined) return true;
    const { held = [] } = await place.locks.query();
    return held.some(({ name }) => name === holdersLock);
  }

  /** `begin` gets the way to answer; null after the time is over. */
  function answered(
    withinMs: number,
    begin: (answer: (keys: UnlockedKeys | null) => void) => () => void,
  ): Promise<UnlockedKeys | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(null), withinMs);
      let end: () => void = () => undefined;
      function finish(keys: UnlockedKeys | null): void {
        clearTimeout(timer);
        resolve(keys);
        end();
      }
      end = begin(finish);
    });
  }

  function fromOtherWindow(): Promise<UnlockedKeys | null> {
    return answered(windowWithinMs, (answer) => {
      const channel = place.openChannel(channelName);
      const by = place.newId();
      channel.onmessage = ({ data }: MessageEvent<Told>) => {
        if (data.type === 'answer' && data.to === by) answer(keysIn(data.keys));
      };
      channel.postMessage({ type: 'ask', by } satisfies Told);
      return () => channel.close();
    });
  }

  function fromWorker(ticket: string): Promise<UnlockedKeys | null> {
    const worker = place.worker();
    if (worker === null) return Promise.resolve(null);
    return answered(workerWithinMs, (answer) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<unknown>) => answer(keysIn(data));
      worker.postMessage(takeMessage(ticket), [port2]);
      return () => port1.close();
    });
  }

  return {
    async take() {
      const ticket = place.tickets.getItem(ticketKey);
      place.tickets.removeItem(ticketKey);
      try {
        const kept = ticket === null ? null : await fromWorker(ticket);
        if (kept !== null) return kept;
        return (await isHeldElsewhere()) ? await fromOtherWindow() : null;
      } catch {
        // A browser without one of these: then the PIN is asked for.
        return null;
      }
    },
    hold(keys, onLocked): HeldKeys {
      const channel = place.openChannel(channelName);
      channel.onmessage = ({ data }: MessageEvent<Told>) => {
        if (data.type === 'ask') channel.postMessage({ type: 'answer', to: data.by, keys } satisfies Told);
        if (data.type === 'locked' && data.keyId === keys.keyId) {
          release();
          onLocked();
        }
      };
      let letGo: () => void = () => undefined;
      const holding = new Promise<void>((resolve) => (letGo = resolve));
      void place.locks?.request(holdersLock, { mode: 'shared' }, () => holding).catch(() => undefined);
      const stopLeaving = place.onLeaving(() => {
        const worker = place.worker();
        if (worker === null) return;
        const ticket = place.newId();
        place.tickets.setItem(ticketKey, ticket);
        worker.postMessage(keepMessage(ticket, keys));
      });
      function release(): void {
        stopLeaving();
        letGo();
        channel.close();
        place.tickets.removeItem(ticketKey);
      }
      return {
        release,
        lock() {
          channel.postMessage({ type: 'locked', keyId: keys.keyId } satisfies Told);
          place.worker()?.postMessage(forgetMessage(keys.keyId));
          release();
        },
      };
    },
  };
}
