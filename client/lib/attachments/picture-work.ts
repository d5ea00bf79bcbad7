import { keepPicture, type KeptPicture } from './picture.ts';

interface Answer {
  readonly id: number;
  readonly kept: KeptPicture | null;
}

let worker: Worker | null | undefined;
let asked = 0;

function startWorker(): Worker | null {
  // Before 2023 Safari draws in pages alone.
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') return null;
  const started = new Worker(new URL('./picture-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('error', () => {
    // Its part of the app is not here: pictures are drawn in the page from now on.
    worker = null;
  });
  return started;
}

function inWorker(
  at: Worker,
  file: Blob,
  size: { width: number; height: number },
): Promise<KeptPicture | null> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    at.addEventListener(
      'message',
      ({ data }: MessageEvent<Answer>) => {
        if (data.id !== id) return;
        stop.abort();
        resolve(data.kept);
      },
      { signal: stop.signal },
    );
    const failed = (): void => {
      stop.abort();
      reject(new Error('the worker did not start'));
    };
    at.addEventListener('error', failed, { signal: stop.signal });
    at.postMessage({ id, file, ...size });
  });
}

/** `keepPicture` beside the page, so that no frame is late; null: the browser cannot decode it. */
export async function workPicture(
  file: Blob,
  size: { width: number; height: number },
): Promise<KeptPicture | null> {
  worker ??= worker === null ? null : startWorker();
  if (worker !== null) {
    try {
      return await inWorker(worker, file, size);
    } catch {
      // Told by the worker's own error event; the page does it instead.
      worker = null;
    }
  }
  return keepPicture(file, size).catch(() => null);
}
