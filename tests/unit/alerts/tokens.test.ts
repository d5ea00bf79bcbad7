import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { uuidSchema, type DeviceId } from '#shared/lib/id.ts';
import { maxInBundle } from '#server/alerts/routine-bundles.ts';
import { receiptRequestSchema } from '#shared/alert/protocol.ts';
import { createAlertTokens } from '#server/alerts/tokens.ts';

const device = '5b0f3a10-9d51-4c0a-8f6b-1f2e3d4c5b6a' as DeviceId;
const alert =
  '1f0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d:7c1f9a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d:clock-snapshot:3:12:escalated:2d0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d';

describe('alert tokens', () => {
  const tokens = createAlertTokens(randomBytes(32));

  it('come back as they were issued and fit the protocol', () => {
    for (const use of ['receipt', 'acknowledge'] as const) {
      const text = tokens.issue({ use, alert, device });
      expect(tokens.open(text)).toEqual({ use, alert, device });
      expect(text.length).toBeLessThanOrEqual(600);
    }
  });

  it('stand for several alerts of one person, and fit the protocol even for the longest ids', () => {
    const also = Array.from(
      { length: maxInBundle - 1 },
      (_, at) =>
        `1f0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d:1f0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d:7c1f9a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d:clock-snapshot:${String(at)}:12:escalated:2d0d8a52-6a0e-4a5f-9c0e-0a8d9a0b1c2d`,
    );
    const text = tokens.issue({ use: 'receipt', alert, also, device });
    expect(tokens.open(text)).toEqual({ use: 'receipt', alert, also, device });
    expect(receiptRequestSchema.safeParse({ token: text, fact: 'shown' }).error).toBeUndefined();
    const stranger = `${alert.slice(0, -1)}e`;
    expect(() => tokens.issue({ use: 'receipt', alert, also: [stranger], device })).toThrow('one person');
  });

  it('a changed byte, another hospital and a made-up text are all unknown', () => {
    const text = tokens.issue({ use: 'acknowledge', alert, device });
    for (let at = 0; at < text.length; at += 7) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(tokens.open(changed)).toBeNull();
    }
    expect(createAlertTokens(randomBytes(32)).open(text)).toBeNull();
    for (const made of ['', '.', 'a.b', 'a.b.c', '\u0000'.repeat(50)]) expect(tokens.open(made)).toBeNull();
  });

  it('a receipt token never acknowledges', () => {
    const receipt = tokens.issue({ use: 'receipt', alert, device });
    const [content = ''] = receipt.split('.');
    const forged = Buffer.from(Buffer.from(content, 'base64url').toString().replace(/^r/, 'a')).toString(
      'base64url',
    );
    expect(tokens.open(receipt.replace(content, forged))).toBeNull();
  });

  it('one token always writes the same event, another token another', () => {
    const first = tokens.issue({ use: 'acknowledge', alert, device });
    const second = tokens.issue({ use: 'acknowledge', alert: `${alert}0`, device });
    expect(tokens.eventIdOf(first)).toBe(tokens.eventIdOf(first));
    expect(tokens.eventIdOf(first)).not.toBe(tokens.eventIdOf(second));
    expect(uuidSchema.safeParse(tokens.eventIdOf(first)).success).toBe(true);
  });
});
