/** As much of a page as says that it is looked at again. */
export interface Waking {
  readonly window: Pick<Window, 'addEventListener' | 'removeEventListener'>;
  readonly document: Pick<Document, 'addEventListener' | 'removeEventListener' | 'visibilityState'>;
}

/**
 * What tells that it is worth trying now: the network, the page come back out of the browser's memory or thawed, or seen again. Each is a hint
 * and nothing more: only an answer is proof. Returns the way to stop.
 */
export function onWaking(run: () => void, { window, document }: Waking): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  window.addEventListener('online', run);
  window.addEventListener('pageshow', run);
  document.addEventListener('resume', run);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', run);
    window.removeEventListener('pageshow', run);
    document.removeEventListener('resume', run);
    document.removeEventListener('visibilitychange', visible);
  };
}
