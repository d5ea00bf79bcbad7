import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorkerLink } from '$lib/alerts/worker-link.ts';
import { callOfMessage } from '$lib/lock/wanted.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { OutboxItem } from '$lib/tablet/tablet.ts';
import { isParcelTag, parcelTag } from '$lib/worker/parcel-tag.ts';
import { instant } from '#shared/lib/instant.ts';
import { authored, eventId, people } from '#tests/builders.ts';

const at = instant('2026-03-02T08:00:00.000Z');
const me = people.requester.id;

function written(id: string, delivery: OutboxItem['delivery']): OutboxItem {
  const event = authored('message-posted', { text: id }, { id: eventId(id) });
  return { event, document: 'consult', delivery, attempts: 0 };
}
const unsent = (id: string): OutboxItem => written(id, { state: 'on-this-tablet', since: at });

describe('the page and its service worker', () => {
  let outbox: ReturnType<typeof createLive<readonly OutboxItem[]>>;
  let posted: unknown[];
  let tags: string[];
  let opened: string[];
  let container: EventTarget & { ready: Promise<never> };
  let page: EventTarget & { visibilityState: DocumentVisibilityState };
  let network: EventTarget;
  let held: Set<string>;
  let stop: () => void;

  beforeEach(() => {
    outbox = createLive<readonly OutboxItem[]>([]);
    [posted, tags, opened, held] = [[], [], [], new Set()];
    const registration = {
      active: { postMessage: (message: unknown) => void posted.push(message) },
      sync: { register: (tag: string) => Promise.resolve(void tags.push(tag)) },
    };
    container = Object.assign(new EventTarget(), { ready: Promise.resolve(registration as never) });
    page = Object.assign(new EventTarget(), { visibilityState: 'visible' as const });
    network = new EventTarget();
    const request = async (
      name: string,
      _options: unknown,
      run: () => Promise<unknown>,
    ): Promise<unknown> => {
      held.add(name);
      await run();
      held.delete(name);
      return undefined;
    };
    stop = startWorkerLink({
      person: me,
      outbox,
      open: (path) => void opened.push(path),
      container,
      page,
      window: network,
      locks: { request } as Pick<LockManager, 'request'>,
    });
  });

  const look = (visibilityState: DocumentVisibilityState): void => {
    page.visibilityState = visibilityState;
    page.dispatchEvent(new Event('visibilitychange'));
  };

  it('ALE-3 wakes the waiting tokens at the start, when the network comes back and when it is looked at again', async () => {
    await vi.waitFor(() => expect(posted).toEqual([{ type: 'FLUSH' }]));
    network.dispatchEvent(new Event('online'));
    await vi.waitFor(() => expect(posted).toHaveLength(2));
    look('hidden');
    look('visible');
    await vi.waitFor(() => expect(posted).toHaveLength(3));
  });

  it('ALE-3 opens what a tapped notification names, and nothing outside the app', () => {
    const tell = (data: unknown): void => void container.dispatchEvent(new MessageEvent('message', { data }));
    tell({ type: 'open', path: '/consult/1' });
    tell({ type: 'open', path: '//evil.example/x' });
    tell({ type: 'open', path: 'https://evil.example' });
    tell({ type: 'other', path: '/x' });
    tell(null);
    expect(opened).toEqual(['/consult/1']);
  });

  it.each(['/\\evil.example', 'javascript:alert(1)', '', 7])('takes %j for no path of the app', (path) => {
    expect(callOfMessage({ type: 'open', path })).toBeNull();
  });

  it('OFF-4 registers what is written for sending after the app was closed, once each', async () => {
    const first = unsent('first');
    outbox.set([first]);
    await vi.waitFor(() => expect(tags).toEqual([parcelTag]));
    outbox.set([first, written('x', { state: 'at-the-server', at })]);
    outbox.set([first, unsent('second')]);
    await vi.waitFor(() => expect(tags).toHaveLength(2));
  });

  it('OFF-4 registers again when it goes out of sight with something left, and only then', async () => {
    look('hidden');
    look('visible');
    outbox.set([unsent('first')]);
    await vi.waitFor(() => expect(tags).toHaveLength(1));
    look('hidden');
    await vi.waitFor(() => expect(tags).toHaveLength(2));
  });

  it('says that somebody looks, for as long as somebody does', async () => {
    expect(held.size).toBe(1);
    look('hidden');
    await vi.waitFor(() => expect(held.size).toBe(0));
    look('visible');
    expect(held.size).toBe(1);
    stop();
    await vi.waitFor(() => expect(held.size).toBe(0));
  });

  it('ends with the workspace', async () => {
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    stop();
    network.dispatchEvent(new Event('online'));
    look('visible');
    outbox.set([unsent('first')]);
    container.dispatchEvent(new MessageEvent('message', { data: { type: 'open', path: '/' } }));
    await Promise.resolve();
    expect([posted.length, tags.length, opened.length]).toEqual([1, 0, 0]);
  });
});

describe('the tag of what is to be sent', () => {
  it('is known, and so are those an earlier build left with the browser', () => {
    expect([parcelTag, `outbox:2:${me}`, `outbox:2:${me}:3`].map(isParcelTag)).toEqual([true, true, true]);
    expect(['outbox', 'workbox-background-sync:alert-tokens'].map(isParcelTag)).toEqual([false, false]);
  });
});
