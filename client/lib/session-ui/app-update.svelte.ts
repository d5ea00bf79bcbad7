import type { Workbox } from 'workbox-window';

/** A newer app waits for a yes; nothing is replaced under a person's hands. */
export class AppUpdate {
  #ready = $state(false);
  #put = $state(false);
  #workbox: Workbox | null = null;

  /** A newer version is here and may be offered now. */
  get offered(): boolean {
    return this.#ready && !this.#put;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Registers the service worker where there is one. */
  async start(): Promise<void> {
    if (!('serviceWorker' in navigator)) return;
    const { Workbox } = await import('workbox-window');
    const workbox = new Workbox('/service-worker.js', { type: 'module' });
    this.#workbox = workbox;
    workbox.addEventListener('waiting', () => (this.#ready = true));
    workbox.addEventListener('controlling', ({ isUpdate }) => {
      if (isUpdate === true) location.reload();
    });
    await workbox.register();
  }

  later(): void {
    this.#put = true;
  }

  /** What is half-written is in drafts already; the page opens again where it was. */
  take(): void {
    this.#workbox?.messageSkipWaiting();
  }
}
