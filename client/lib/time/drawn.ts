/** A browser that draws nothing for so long (a window behind others) is not waited for. */
const noLongerThanMs = 1_000;

/** Resolves in the task after the next frame; at once where no frame will come. */
export const drawn = (): Promise<void> =>
  document.visibilityState === 'hidden'
    ? Promise.resolve()
    : new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        const done = (): void => {
          port1.close();
          resolve();
        };
        port1.onmessage = done;
        setTimeout(done, noLongerThanMs);
        requestAnimationFrame(() => port2.postMessage(null));
      });
