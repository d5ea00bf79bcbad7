import { err, ok, type Result } from '#shared/lib/result.ts';

/** As long as the organisation's schema lets it be. */
const mostCharacters = 32_768;
const most = { width: 480, height: 192 };
const smallestWidth = 48;

export type LogoFault = 'not-a-picture' | 'too-detailed';

/** A picture drawn small enough to travel with the directory, as a PNG's data address; transparent stays transparent. */
export async function logoOf(file: Blob): Promise<Result<string, LogoFault>> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    // Not a picture this browser can read.
    return err('not-a-picture');
  }
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) return err('not-a-picture');
  let scale = Math.min(1, most.width / picture.width, most.height / picture.height);
  while (picture.width * scale >= smallestWidth || scale === 1) {
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const address = canvas.toDataURL('image/png');
    if (address.length <= mostCharacters) return ok(address);
    scale *= 0.8;
  }
  return err('too-detailed');
}
