import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashOfSecret, isSecretOf, parseSessionToken, sessionTokenText } from '#server/auth/session-token.ts';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';

it('a session token reads back as it was made', () => {
  fc.assert(
    fc.property(
      fc.uuid({ version: 4 }),
      fc.uuid({ version: 4 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (person, device, bytes) => {
        const token = {
          person: personIdSchema.parse(person),
          device: deviceIdSchema.parse(device),
          secret: Buffer.from(bytes),
        };
        expect(parseSessionToken(sessionTokenText(token))).toEqual(token);
      },
    ),
  );
});

it('any other text is no token', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      expect(parseSessionToken(text)).toBeNull();
    }),
  );
});

it('a hash knows its secret and no other', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(isSecretOf(hashOfSecret(one), one)).toBe(true);
  expect(isSecretOf(hashOfSecret(one), other)).toBe(false);
});
