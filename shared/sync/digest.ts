/** 53-bit hash of text (cyrb53 by bryc, public domain); for finding gaps, not for security. */
function hash53(text: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ unit, 2_654_435_761);
    h2 = Math.imul(h2 ^ unit, 1_597_334_677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2_246_822_507) ^ Math.imul(h2 ^ (h2 >>> 13), 3_266_489_909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2_246_822_507) ^ Math.imul(h1 ^ (h1 >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & h2) + (h1 >>> 0);
}

const modulus = 2 ** 52;

/** The digest of an empty set; feed it to `addToDigest`. */
export const emptyDigest = 0;

/** Adds or takes away one document; order does not matter, so both sides can keep a running digest. */
export function addToDigest(digest: number, id: string, version: string): number {
  return (digest + (hash53(`${id} ${version}`) % modulus)) % modulus;
}
export function removeFromDigest(digest: number, id: string, version: string): number {
  return (digest - (hash53(`${id} ${version}`) % modulus) + modulus) % modulus;
}

export const digestText = (digest: number): string => digest.toString(36);

/** Digest of what is held, as compared by the state check. */
export function digestOf(held: Iterable<readonly [id: string, version: string]>): string {
  let digest = emptyDigest;
  for (const [id, version] of held) digest = addToDigest(digest, id, version);
  return digestText(digest);
}
