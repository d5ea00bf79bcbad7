import { createHmac, timingSafeEqual } from 'node:crypto';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';

export const timestampHeader = 'x-hc-timestamp';
export const signatureHeader = 'x-hc-signature';

/** A signed message is taken this long before and after the moment it names. */
export const replayWindowSeconds = 300;

const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;

/** Headers that prove to the holder of the secret who sent this body, and when. */
export function signedHeaders(secret: string, at: Instant, body: string): Record<string, string> {
  const timestamp = String(Math.floor(instantToMs(at) / 1000));
  return { [timestampHeader]: timestamp, [signatureHeader]: signatureOf(secret, timestamp, body) };
}

/** False for a wrong signature, a missing header, and one that is too old or too far ahead. */
export function isSigned(
  secret: string,
  now: Instant,
  signed: { timestamp: string | undefined; signature: string | undefined; body: string },
): boolean {
  const { timestamp, signature, body } = signed;
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  const [given, expected] = [Buffer.from(signature), Buffer.from(signatureOf(secret, timestamp, body))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Math.abs(instantToMs(now) / 1000 - Number(timestamp)) <= replayWindowSeconds;
}
