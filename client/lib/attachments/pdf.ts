import { err, ok, type Result } from '#shared/lib/result.ts';

export type PdfFault = 'not-a-pdf' | 'locked';

export interface OpenPdf {
  readonly pages: number;
  /** Draws page `page` (from 1) at a size that stays sharp when made larger. */
  draw(page: number, canvas: HTMLCanvasElement): { stop(): void };
  close(): void;
}

/** The longer side of a drawn page in pixels: sharp at three times the size, and within what a tablet's memory takes. */
const drawnEdge = 2600;

/**
 * Pages are drawn in the app: a new tab with the browser's own viewer would inherit a policy that allows no plug-in, and on Android would write
 * the document readable into the downloads. Source: docs/decisions/0019-attachments.md
 */
export async function openPdf(bytes: Uint8Array<ArrayBuffer>): Promise<Result<OpenPdf, PdfFault>> {
  const [{ getDocument, GlobalWorkerOptions }, { default: workerUrl }] = await Promise.all([
    import('pdfjs-dist/legacy/build/pdf.mjs'),
    import('pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'),
  ]);
  GlobalWorkerOptions.workerSrc = workerUrl;
  const loading = getDocument({
    // It keeps what it is given.
    data: bytes.slice(),
    isEvalSupported: false,
    enableXfa: false,
    stopAtErrors: false,
    disableAutoFetch: true,
    useWasm: false,
  });
  try {
    const document = await loading.promise;
    return ok({
      pages: document.numPages,
      draw(page, canvas) {
        let stopped = false;
        let stop: () => void = () => undefined;
        async function run(): Promise<void> {
          const held = await document.getPage(page);
          if (stopped) return;
          const whole = held.getViewport({ scale: 1 });
          const viewport = held.getViewport({ scale: drawnEdge / Math.max(whole.width, whole.height) });
          canvas.width = Math.round(viewport.width);
          canvas.height = Math.round(viewport.height);
          const task = held.render({ canvas, viewport });
          stop = () => task.cancel();
          await task.promise;
        }
        // Stopped because another page is wanted, or a page that cannot be drawn stays white.
        run().catch(() => undefined);
        return {
          stop() {
            stopped = true;
            stop();
          },
        };
      },
      close: () => void loading.destroy(),
    });
  } catch (error) {
    await loading.destroy();
    return err(error instanceof Error && error.name === 'PasswordException' ? 'locked' : 'not-a-pdf');
  }
}
