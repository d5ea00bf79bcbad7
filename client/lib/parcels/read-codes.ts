import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';

// From our own server and the app's own cache, never from elsewhere.
prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });

/** The texts of the codes in a picture. Rejects for what is no picture. */
export async function readCodes(picture: Blob | ImageData): Promise<readonly string[]> {
  const found = await readBarcodes(picture, { formats: ['QRCode'], maxNumberOfSymbols: 4, tryHarder: true });
  return found.flatMap(({ isValid, text }) => (isValid ? [text] : []));
}
