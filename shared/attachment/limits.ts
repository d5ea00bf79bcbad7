const kibi = 1024;
const mebi = 1024 * kibi;

/** What a tablet takes in and what it makes of it; said in the form before anybody chooses a file (CON-10). */
export const fileLimits = {
  /** Of a picture as it comes from the camera or the gallery. */
  pictureBytes: 40 * mebi,
  /** A picture that would need more than this once decoded is refused unseen. */
  picturePixels: 120_000_000,
  /** No side of a picture may be longer. */
  pictureEdge: 30_000,
  pdfBytes: 20 * mebi,
  /** The longer side of what is kept of a picture: enough to read an ECG strip at full zoom. */
  keptEdge: 2400,
  keptQuality: 0.82,
  thumbnailEdge: 320,
  thumbnailQuality: 0.7,
} as const;

/** AES-GCM puts a nonce before and a tag behind what it seals. */
export const sealOverheadBytes = 12 + 16;

/** The largest sealed file the server takes. */
export const maxSealedBytes = fileLimits.pdfBytes + 64 * kibi;

/** Above this a file travels in chunks, so that an upload that is cut goes on where it was. */
export const wholeUpToBytes = mebi;
export const chunkBytes = 512 * kibi;

/** Documents in one request, so that its body stays small and what a cut connection costs, too. */
export const maxChunksPerRequest = 6;
/** Base64 of that many, each at its largest, and the JSON around them. */
export const maxUploadRequestBytes = Math.ceil((maxChunksPerRequest * wholeUpToBytes * 4) / 3) + 64 * kibi;
/** Ids in one question (`_changes`, `_revs_diff`, `_bulk_get`). */
export const maxIdsPerRequest = 200;

/** What a tablet keeps of files of others; the ones looked at longest ago go first. What waits to be sent never goes. */
export const keptOnTabletBytes = 200 * mebi;
