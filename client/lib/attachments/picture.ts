import { fileLimits } from '#shared/attachment/limits.ts';
import { gridOf, placeholderBytes } from '#shared/attachment/placeholder.ts';

/** What is kept of a picture: drawn anew, so that nothing but its pixels is in it (no place, no time, no name of a camera). */
export interface KeptPicture {
  readonly picture: Blob;
  readonly thumbnail: Blob;
  readonly placeholder: Uint8Array;
  readonly width: number;
  readonly height: number;
}

type Canvas = OffscreenCanvas | HTMLCanvasElement;
type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

function drawn(image: ImageBitmap, width: number, height: number): { canvas: Canvas; context: Context } {
  const canvas =
    typeof OffscreenCanvas === 'undefined'
      ? Object.assign(document.createElement('canvas'), { width, height })
      : new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('no canvas');
  // Where a PNG lets something through, paper is white.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  return { canvas, context };
}

const jpegOf = (canvas: Canvas, quality: number): Promise<Blob> =>
  'convertToBlob' in canvas
    ? canvas.convertToBlob({ type: 'image/jpeg', quality })
    : new Promise((resolve, reject) => {
        canvas.toBlob(
          (blob) => (blob === null ? reject(new Error('not encoded')) : resolve(blob)),
          'image/jpeg',
          quality,
        );
      });

/** The size with the longer side at most `edge`, never larger than it was. */
export function fitted(width: number, height: number, edge: number): { width: number; height: number } {
  const scale = Math.min(1, edge / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * Decodes, turns upright, shrinks and encodes a picture whose head was judged before (shared/attachment/file-head.ts). Rejects where the browser
 * cannot decode it. Runs in a worker where there is one.
 */
export async function keepPicture(file: Blob, size: { width: number; height: number }): Promise<KeptPicture> {
  // The browser shrinks while it decodes, which saves most of the memory. Which side becomes the width it only knows once it is upright.
  const shrinks = Math.min(size.width, size.height) > fileLimits.keptEdge;
  const image = await createImageBitmap(file, {
    imageOrientation: 'from-image',
    resizeQuality: 'high',
    ...(shrinks ? { resizeWidth: fileLimits.keptEdge } : {}),
  });
  try {
    const { width, height } = fitted(image.width, image.height, fileLimits.keptEdge);
    const whole = drawn(image, width, height);
    const small = fitted(width, height, fileLimits.thumbnailEdge);
    const grid = gridOf(width / height);
    const squares = drawn(image, grid.columns, grid.rows).context.getImageData(0, 0, grid.columns, grid.rows);
    const colours = squares.data.filter((_value, at) => at % 4 !== 3);
    return {
      picture: await jpegOf(whole.canvas, fileLimits.keptQuality),
      thumbnail: await jpegOf(drawn(image, small.width, small.height).canvas, fileLimits.thumbnailQuality),
      placeholder: placeholderBytes({ aspect: width / height, ...grid, colours: Uint8Array.from(colours) }),
      width,
      height,
    };
  } finally {
    image.close();
  }
}
