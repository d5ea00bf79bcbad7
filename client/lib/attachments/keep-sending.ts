import type { Tablet } from '$lib/tablet/tablet.ts';
import { openedFiles, waitingKey } from './opened-files.ts';

/** While a workspace is open: goes on sending what waits from before, and lets the files go when the workspace closes. */
export function keepSending(tablet: Tablet): () => void {
  const nothing = (): void => undefined;
  let isClosed = false;
  async function begin(): Promise<void> {
    const { filesOf } = await import('./open-files.ts');
    if (!isClosed) await filesOf(tablet);
  }
  // Not to be had now (never fetched, no network): it is asked for again when a file is looked at.
  if (localStorage.getItem(waitingKey(tablet.person)) !== null) begin().catch(nothing);
  const onOnline = (): void => void openedFiles.get(tablet)?.then((files) => files.wake(), nothing);
  window.addEventListener('online', onOnline);
  return () => {
    isClosed = true;
    window.removeEventListener('online', onOnline);
    const held = openedFiles.get(tablet);
    openedFiles.delete(tablet);
    void held?.then((files) => files.close(), nothing);
  };
}
