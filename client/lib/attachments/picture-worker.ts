import { keepPicture } from './picture.ts';

/** One picture per message; answers with what is kept of it, or that it cannot be decoded. */
self.addEventListener(
  'message',
  (event: MessageEvent<{ id: number; file: Blob; width: number; height: number }>) => {
    const { id, file, width, height } = event.data;
    keepPicture(file, { width, height }).then(
      (kept) => self.postMessage({ id, kept }),
      () => self.postMessage({ id, kept: null }),
    );
  },
);
