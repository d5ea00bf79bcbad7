import { callOfMessage } from '$lib/lock/wanted.ts';
import type { Live, OutboxItem } from '$lib/tablet/tablet.ts';
import { attendedLock, parcelTag } from '$lib/worker/parcel-tag.ts';
import type { PersonId } from '#shared/lib/id.ts';

interface Registration {
  readonly active: { postMessage(message: unknown): void } | null;
  /** Background sync; Safari and Firefox have none. */
  readonly sync?: { register(tag: string): Promise<void> };
}

export interface WorkerLinkParts {
  readonly person: PersonId;
  readonly outbox: Live<readonly OutboxItem[]>;
  /** Goes to a path inside the app. Half-written words are in drafts at every keystroke, so nothing is lost by going. */
  readonly open: (path: string) => void;
  readonly container: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> & {
    readonly ready: Promise<Registration>;
  };
  readonly page: Pick<Document, 'addEventListener' | 'removeEventListener' | 'visibilityState'>;
  readonly window: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;
  /** undefined: a browser without Web Locks; then the worker sends even while the app is open, which does no harm. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
}

/** Background sync refused or the app on its way out: the app sends when it is opened next. */
function onlyRefused(cause: unknown): void {
  if (!(cause instanceof DOMException)) throw cause;
}

/** Holds the person's lock while somebody looks at the page; returned: `hold` and `release`, both may be repeated. */
function attendance(locks: WorkerLinkParts['locks'], name: string): { hold(): void; release(): void } {
  let end: (() => void) | null = null;
  return {
    hold() {
      if (end !== null || locks === undefined) return;
      const abort = new AbortController();
      const released = new Promise<undefined>((resolve) => {
        end = () => {
          abort.abort();
          resolve(undefined);
        };
      });
      locks.request(name, { mode: 'shared', signal: abort.signal }, () => released).catch(onlyRefused);
    },
    release() {
      end?.();
      end = null;
    },
  };
}

/**
 * What the page and its service worker owe each other: a notification's tap opens a screen here; tokens that wait in the worker are sent when
 * the app starts, comes back into view or online; and what a person writes is registered for sending after the app was closed.
 */
export function startWorkerLink(parts: WorkerLinkParts): () => void {
  const { container, page, window } = parts;
  const lock = attendance(parts.locks, attendedLock(parts.person));
  let unsent: ReadonlySet<string> = new Set();

  async function flush(): Promise<void> {
    (await container.ready).active?.postMessage({ type: 'FLUSH' });
  }
  async function register(): Promise<void> {
    const { sync } = await container.ready;
    await sync?.register(parcelTag);
  }
  const registerSoon = (): void => void register().catch(onlyRefused);

  const onMessage = (event: Event): void => {
    const call = callOfMessage((event as MessageEvent<unknown>).data);
    // Another one's is not for this workspace: the tablet locks and asks for them ($lib/session-ui/SessionGate.svelte).
    if (call !== null && (call.person === null || call.person === parts.person)) parts.open(call.path);
  };
  const onOnline = (): void => void flush();
  const onVisibility = (): void => {
    if (page.visibilityState === 'visible') {
      lock.hold();
      void flush();
    } else {
      lock.release();
      if (unsent.size > 0) registerSoon();
    }
  };

  container.addEventListener('message', onMessage);
  window.addEventListener('online', onOnline);
  page.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  const stopOutbox = parts.outbox.subscribe((items) => {
    const before = unsent;
    unsent = new Set(
      items.filter(({ delivery }) => delivery.state === 'on-this-tablet').map(({ event }) => event.id),
    );
    if ([...unsent].some((id) => !before.has(id))) registerSoon();
  });

  return () => {
    stopOutbox();
    lock.release();
    container.removeEventListener('message', onMessage);
    window.removeEventListener('online', onOnline);
    page.removeEventListener('visibilitychange', onVisibility);
  };
}
