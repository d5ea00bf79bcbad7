/// <reference lib="webworker" />
import { isKeyMessage, type KeyMessage } from '$lib/keys/key-messages.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';

/** A reload is over by then; nobody else is to find them. */
const keepForMs = 60_000;

interface Kept {
  readonly keys: UnlockedKeys;
  /** Lets the worker go to sleep. */
  readonly end: () => void;
}

/** Keys of pages that were just left, in this worker's memory alone. Each is given once, to whoever has the ticket. */
export interface KeyKeeper {
  /** Resolves when nothing is kept for this ticket any more: the worker is to stay awake so long. */
  keep(ticket: string, keys: UnlockedKeys): Promise<void>;
  take(ticket: string): UnlockedKeys | null;
  forget(keyId: string): void;
}

export function createKeyKeeper(after: (ms: number, run: () => void) => () => void): KeyKeeper {
  const kept = new Map<string, Kept>();
  function drop(ticket: string): UnlockedKeys | null {
    const held = kept.get(ticket);
    kept.delete(ticket);
    held?.end();
    return held?.keys ?? null;
  }
  return {
    keep: (ticket, keys) =>
      new Promise((resolve) => {
        const stop = after(keepForMs, () => void drop(ticket));
        kept.set(ticket, {
          keys,
          end: () => {
            stop();
            resolve();
          },
        });
      }),
    take: drop,
    forget(keyId) {
      for (const [ticket, { keys }] of [...kept]) if (keys.keyId === keyId) drop(ticket);
    },
  };
}

function handle(keeper: KeyKeeper, message: KeyMessage, event: ExtendableMessageEvent): void {
  switch (message.type) {
    case 'hc-keys-keep':
      event.waitUntil(keeper.keep(message.ticket, message.keys));
      return;
    case 'hc-keys-take':
      event.ports[0]?.postMessage(keeper.take(message.ticket));
      return;
    case 'hc-keys-forget':
      keeper.forget(message.keyId);
  }
}

/** Takes the keys over while one page goes and the next one comes. */
export function handleKeys(worker: ServiceWorkerGlobalScope): void {
  const keeper = createKeyKeeper((ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  });
  worker.addEventListener('message', (event) => {
    if (isKeyMessage(event.data)) handle(keeper, event.data, event);
  });
}
