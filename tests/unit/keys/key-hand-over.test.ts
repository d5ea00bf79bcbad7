import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import { createKeyHandOver } from '$lib/keys/key-hand-over.ts';
import type { KeyMessage } from '$lib/keys/key-messages.ts';
import type { HeldKeys, KeyHandOver, UnlockedKeys } from '$lib/keys/keyrings.ts';
import { createKeyKeeper } from '$lib/worker/key-keeper.ts';
import { me } from './keys-fixture.ts';

/** One browser: its windows, their session storages, its worker. Messages are copied as a browser copies them. */
function createBrowser() {
  const channels = new Set<{ name: string; onmessage: ((event: MessageEvent) => void) | null }>();
  const timers = new Set<() => void>();
  const keeper = createKeyKeeper((_ms, run) => {
    timers.add(run);
    return () => void timers.delete(run);
  });
  const held: string[] = [];
  let ids = 0;
  const worker = {
    postMessage(message: KeyMessage, ports?: unknown) {
      if (message.type === 'hc-keys-keep') void keeper.keep(message.ticket, message.keys);
      else if (message.type === 'hc-keys-forget') keeper.forget(message.keyId);
      else (ports as MessagePort[])[0]?.postMessage(keeper.take(message.ticket));
    },
  };
  return {
    /** The windows there are stop answering. */
    freeze: () => [...channels].forEach((channel) => (channel.onmessage = null)),
    /** A minute passes. */
    minute: () => [...timers].forEach((run) => run()),
    hasWorker: true,
    openWindow(tickets = new Map<string, string>()) {
      const leaving = new Set<() => void>();
      const handOver: KeyHandOver = createKeyHandOver({
        openChannel(name) {
          const channel = {
            name,
            onmessage: null as ((event: MessageEvent) => void) | null,
            postMessage(data: unknown) {
              for (const other of channels)
                if (other !== channel && other.name === name)
                  queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) } as MessageEvent));
            },
            close: () => void channels.delete(channel),
          };
          channels.add(channel);
          return channel as never;
        },
        locks: {
          query: () => Promise.resolve({ held: held.map((name) => ({ name })) }),
          request: (async (name: string, _options: unknown, run: () => Promise<void>) => {
            held.push(name);
            await run();
            held.splice(held.indexOf(name), 1);
          }) as never,
        },
        tickets: {
          getItem: (key) => tickets.get(key) ?? null,
          setItem: (key, value) => void tickets.set(key, value),
          removeItem: (key) => void tickets.delete(key),
        },
        worker: () => (this.hasWorker ? worker : null),
        onLeaving(run) {
          leaving.add(run);
          return () => void leaving.delete(run);
        },
        newId: () => `id ${ids++}`,
      });
      return {
        handOver,
        /** The page goes: its script, its locks, its channels. What it leaves in session storage stays with the tab. */
        leave(keys: HeldKeys) {
          for (const run of [...leaving]) run();
          const left = new Map(tickets);
          keys.release();
          return left;
        },
      };
    },
  };
}

describe('keys between pages', () => {
  let keys: UnlockedKeys;
  let browser: ReturnType<typeof createBrowser>;
  const never = (): void => {
    throw new Error('locked');
  };
  beforeEach(async () => {
    keys = await keysOf(me, newDataKey());
    browser = createBrowser();
  });
  afterEach(() => vi.useRealTimers());
  async function taken(window: { handOver: KeyHandOver }): Promise<string | null> {
    // A lock is let go a moment after its page.
    await new Promise((resolve) => setImmediate(resolve));
    return (await window.handOver.take())?.keyId ?? null;
  }

  it('a reload within a minute does not ask again, and only once', async () => {
    const page = browser.openWindow();
    const tab = page.leave(page.handOver.hold(keys, never));
    expect(await taken(browser.openWindow(new Map(tab)))).toBe(keys.keyId);
    expect(await taken(browser.openWindow(new Map(tab)))).toBeNull();
  });

  it('after a minute it asks', async () => {
    const page = browser.openWindow();
    const tab = page.leave(page.handOver.hold(keys, never));
    browser.minute();
    expect(await taken(browser.openWindow(tab))).toBeNull();
  });

  it('a cold start asks, however soon: a closed window takes its ticket with it', async () => {
    const page = browser.openWindow();
    page.leave(page.handOver.hold(keys, never));
    expect(await taken(browser.openWindow())).toBeNull();
  });

  it('a new window has them from an open one', async () => {
    const open = browser.openWindow();
    const held = open.handOver.hold(keys, never);
    expect(await taken(browser.openWindow())).toBe(keys.keyId);
    expect(await taken(browser.openWindow())).toBe(keys.keyId);
    held.release();
    expect(await taken(browser.openWindow())).toBeNull();
  });

  it('locking one window locks the others of this person and leaves nothing behind', async () => {
    const locked: string[] = [];
    const first = browser.openWindow();
    const second = browser.openWindow();
    const other = browser.openWindow();
    const mine = first.handOver.hold(keys, never);
    second.handOver.hold(keys, () => locked.push('second'));
    other.handOver.hold({ ...keys, keyId: 'of somebody else' }, () => locked.push('other'));
    mine.lock();
    await vi.waitFor(() => expect(locked).toEqual(['second']));
  });

  it('a page that was locked hands nothing to the page after it', async () => {
    const page = browser.openWindow();
    const held = page.handOver.hold(keys, never);
    held.lock();
    expect(await taken(browser.openWindow(page.leave(held)))).toBeNull();
  });

  it('another window that locks takes back what a page that was left had handed to the worker', async () => {
    const page = browser.openWindow();
    const other = browser.openWindow();
    const tab = page.leave(page.handOver.hold(keys, never));
    other.handOver.hold(keys, never).lock();
    expect(await taken(browser.openWindow(tab))).toBeNull();
  });

  it('a window that does not answer is not waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const frozen = browser.openWindow();
    frozen.handOver.hold(keys, never);
    browser.freeze();
    const taking = browser.openWindow().handOver.take();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await taking).toBeNull();
  });

  it('without a worker a reload asks', async () => {
    browser.hasWorker = false;
    const page = browser.openWindow();
    const tab = page.leave(page.handOver.hold(keys, never));
    expect(await taken(browser.openWindow(tab))).toBeNull();
  });

  it('what is not a set of keys is not taken for one', async () => {
    const page = browser.openWindow();
    const tab = page.leave(page.handOver.hold({ ...keys, documents: 'none' } as never, never));
    expect(await taken(browser.openWindow(tab))).toBeNull();
  });
});
