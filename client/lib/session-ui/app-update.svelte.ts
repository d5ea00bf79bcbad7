import type { Workbox } from 'workbox-window';

/** An app that stays open for weeks asks by itself whether there is a newer one. */
const askEveryMs = 60 * 60_000;

/** A changeover that takes longer did not happen; opening the page again offers it again. */
const takeWithinMs = 10_000;

/** What windows of one tablet tell each other: put off in one is put off in all. */
const windows = 'hc-update';

const isWriting = (): boolean =>
  document.activeElement instanceof HTMLElement && document.activeElement.matches('input, textarea, select');

/** How often it is looked at whether the moment has come. */
const lookAgainMs = 5_000;

/** A newer app waits for a yes; nothing is replaced under a person's hands. */
export class AppUpdate {
  #ready = $state(false);
  #put = $state(false);
  #taking = $state(false);
  #workbox: Workbox | null = null;
  /** Whether the page may begin anew now; whoever draws the screens knows more of it. */
  isMoment: () => boolean = () => !isWriting();

  /** A newer version is here and may be offered now. */
  get offered(): boolean {
    return this.#ready && !this.#put && !this.#taking;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** It was said yes to; the page opens again in a moment. */
  get taking(): boolean {
    return this.#taking;
  }

  /** Registers the service worker where there is one. */
  async start(): Promise<void> {
    if (!('serviceWorker' in navigator)) return;
    const { Workbox } = await import('workbox-window');
    const workbox = new Workbox('/service-worker.js', { type: 'module' });
    this.#workbox = workbox;
    workbox.addEventListener('waiting', () => (this.#ready = true));
    workbox.addEventListener('controlling', ({ isUpdate }) => {
      if (this.#taking) location.reload();
      // Another window said yes.
      else if (isUpdate === true) this.#openAgainInAMoment();
    });
    new BroadcastChannel(windows).addEventListener('message', () => (this.#put = true));
    // A page that no worker served when it was opened is not handed to the new one; opening it again does that.
    workbox.addEventListener('activated', () => {
      if (this.#taking) location.reload();
    });
    await workbox.register();
    const ask = (): void => {
      // Without an answer there is nothing to say: it is asked again.
      workbox.update().catch(() => undefined);
    };
    setInterval(ask, askEveryMs);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') ask();
    });
  }

  #openAgainInAMoment(): void {
    if (this.isMoment()) location.reload();
    else setTimeout(() => this.#openAgainInAMoment(), lookAgainMs);
  }

  later(): void {
    this.#put = true;
    const others = new BroadcastChannel(windows);
    others.postMessage('later');
    others.close();
  }

  /** What is half-written is in drafts already; the page opens again where it was. */
  take(): void {
    this.#taking = true;
    this.#workbox?.messageSkipWaiting();
    setTimeout(() => location.reload(), takeWithinMs);
  }
}
