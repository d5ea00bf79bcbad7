import { createHmac, timingSafeEqual } from 'node:crypto';
import { deviceIdSchema, type DeviceId } from '#shared/lib/id.ts';

/** What a token allows: reporting that an alert was shown or opened, or acknowledging once. */
export type TokenUse = 'receipt' | 'acknowledge';

export interface AlertToken {
  readonly use: TokenUse;
  readonly alert: string;
  /** Further alerts to the same person that one message stands for; absent: none. */
  readonly also?: readonly string[];
  readonly device: DeviceId;
}

/**
 * Tokens that stand in notifications. They are bound to alert, person (inside the alert's id) and device, need no storage,
 * and hold random ids only. "One-time" is kept by the acknowledgement's event id, which derives from the token.
 */
export interface AlertTokens {
  issue(token: AlertToken): string;
  /** null: never issued by this hospital. */
  open(text: string): AlertToken | null;
  /** The UUID of the event that redeeming this token writes: the same token always writes the same event. */
  eventIdOf(text: string): string;
}

const useLetters: Readonly<Record<TokenUse, string>> = { receipt: 'r', acknowledge: 'a' };

/** Every alert's id ends in its recipient; alerts of one message have the same. */
const recipientOf = (alert: string): string => alert.slice(alert.lastIndexOf(':'));

export function createAlertTokens(key: Uint8Array): AlertTokens {
  const mac = (text: string): Buffer =>
    createHmac('sha256', key).update('alert-token ').update(text).digest();

  return {
    issue({ use, alert, also = [], device }) {
      const recipient = recipientOf(alert);
      if (!also.every((other) => other.endsWith(recipient)))
        throw new Error('a token is for alerts of one person');
      const parts = [
        useLetters[use],
        device,
        alert,
        ...also.map((other) => other.slice(0, -recipient.length)),
      ];
      const content = Buffer.from(parts.join('~')).toString('base64url');
      return `${content}.${mac(content).subarray(0, 16).toString('base64url')}`;
    },
    open(text) {
      const [content, signature, rest] = text.split('.');
      if (content === undefined || signature === undefined || rest !== undefined) return null;
      // As text, not as bytes: base64url has several spellings of the same bytes.
      const given = Buffer.from(signature);
      const expected = Buffer.from(mac(content).subarray(0, 16).toString('base64url'));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const [letter, device, alert, ...also] = Buffer.from(content, 'base64url').toString().split('~');
      const use = letter === 'r' ? 'receipt' : letter === 'a' ? 'acknowledge' : null;
      const parsed = deviceIdSchema.safeParse(device);
      if (use === null || !parsed.success || alert === undefined) return null;
      const recipient = recipientOf(alert);
      return {
        use,
        alert,
        device: parsed.data,
        ...(also.length === 0 ? {} : { also: also.map((other) => other + recipient) }),
      };
    },
    eventIdOf(text) {
      const bytes = mac(`event ${text}`).subarray(0, 16);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = bytes.toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        '-',
      );
    },
  };
}
