import { describe, expect, it } from 'vitest';
import { google, type Identity } from '#server/auth/openid/issuer.ts';
import { createSealedCookie } from '#server/auth/openid/sealed-cookie.ts';
import { trustedEmail } from '#server/auth/openid/who-comes.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { z } from 'zod';

const other = 'https://issuer.test';
const identity = (over: Partial<Identity> = {}): Identity => ({
  subject: 's',
  email: 'Noor@Hospital.test',
  isEmailVerified: true,
  name: null,
  hostedDomain: null,
  ...over,
});

describe('PEO-5 whose e-mail is believed', () => {
  it.each<[string, Partial<Identity>, string, string]>([
    ['verified, in an allowed domain', {}, other, 'noor@hospital.test'],
    ['at Google, of the organisation', { hostedDomain: 'hospital.test' }, google, 'noor@hospital.test'],
    ['at Google, in a private account with our address', {}, google, 'foreign-domain'],
    ['at Google, of another organisation', { hostedDomain: 'elsewhere.test' }, google, 'foreign-domain'],
    ['elsewhere, of another organisation', { hostedDomain: 'elsewhere.test' }, other, 'foreign-domain'],
    ['in a domain below ours', { email: 'noor@ward.hospital.test' }, other, 'foreign-domain'],
    ['in a domain that looks like ours', { email: 'noor@h\u043espital.test' }, other, 'no-email'],
    ['with two signs of an address', { email: 'noor@hospital.test@elsewhere.test' }, other, 'no-email'],
    ['not verified', { isEmailVerified: false }, other, 'email-not-verified'],
    ['not there', { email: null }, other, 'no-email'],
  ])('%s', (_name, over, issuer, expected) => {
    const result = trustedEmail(identity(over), issuer, ['hospital.test']);
    expect(result.ok ? result.value : result.error).toBe(expected);
  });
});

describe('what a browser keeps for us', () => {
  const at = instant('2026-03-02T08:00:00.000Z');
  const key = new Uint8Array(32).fill(7);
  const cookie = createSealedCookie(key, 'a flow', z.object({ slot: z.int() }));
  const text = cookie.seal({ slot: 3 }, addMs(at, 1_000));

  it('is read until it is over, and says nothing to others', () => {
    expect(cookie.open(text, at)).toEqual({ slot: 3 });
    expect(cookie.open(text, addMs(at, 1_000))).toBeNull();
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('slot');
  });

  it.each([
    ['changed', `${text.slice(0, -3)}AAA`],
    ['cut', text.slice(0, 30)],
    ['empty', ''],
    ['no base64', '\u0000%%%'],
  ])('is nothing when it is %s', (_name, other_) => expect(cookie.open(other_, at)).toBeNull());

  it('is nothing for another purpose, another key or another shape', () => {
    expect(createSealedCookie(key, 'another', z.object({ slot: z.int() })).open(text, at)).toBeNull();
    expect(
      createSealedCookie(new Uint8Array(32), 'a flow', z.object({ slot: z.int() })).open(text, at),
    ).toBeNull();
    expect(createSealedCookie(key, 'a flow', z.object({ slot: z.string() })).open(text, at)).toBeNull();
  });
});
