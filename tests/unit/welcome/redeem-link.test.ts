import { describe, expect, it } from 'vitest';
import { redeemFailureWords } from '$lib/welcome/failure-words.ts';
import { redeemLink, type RedeemFailure } from '$lib/welcome/redeem-link.ts';
import { redeemRequest } from '$lib/welcome/welcome-fields.ts';
import { captivePortal } from '#tests/e-rows/test-server.ts';

const token = 'a-token-of-some-length-1234567890';
const request = redeemRequest(
  token,
  { password: 'quilt ferry lamp', name: '', email: '', hospital: '', timeZone: '' },
  'password',
);
const ours = { 'hc-server': '1' };
const problem = (status: number, body: Record<string, unknown>): Response =>
  new Response(JSON.stringify({ type: 'x', title: 'x', status, requestId: 'r', ...body }), {
    status,
    headers: { ...ours, 'content-type': 'application/problem+json' },
  });

async function failureOf(answer: () => Response): Promise<RedeemFailure | null> {
  const result = await redeemLink(() => Promise.resolve(answer()), request);
  return result.ok ? null : result.error;
}

describe('using a one-time link', () => {
  it('sends the token in the body alone, and takes 204 for done', async () => {
    const asked: { url: string; init: RequestInit }[] = [];
    const result = await redeemLink((url, init = {}) => {
      asked.push({ url: url as string, init });
      return Promise.resolve(new Response(null, { status: 204, headers: ours }));
    }, request);
    expect(result.ok).toBe(true);
    expect(asked.map(({ url, init }) => [init.method, url])).toEqual([['POST', '/api/session/link']]);
    expect(JSON.stringify([...new Headers(asked[0]!.init.headers)])).not.toContain(token);
    expect(JSON.parse(asked[0]!.init.body as string)).toEqual({ token, password: 'quilt ferry lamp' });
  });

  it.each<[string, () => Response, RedeemFailure]>([
    ['used or late', () => problem(400, { code: 'link-not-valid' }), { type: 'link-not-valid' }],
    ['easy to guess', () => problem(400, { code: 'weak-password' }), { type: 'weak-password' }],
    ['an address that is taken', () => problem(409, { code: 'conflict' }), { type: 'email-taken' }],
    [
      'an unknown time zone',
      () => problem(400, { code: 'malformed', fields: [{ path: 'administrator.timeZone', message: 'x' }] }),
      { type: 'time-zone-unknown' },
    ],
    ['anything else malformed', () => problem(400, { code: 'malformed' }), { type: 'other' }],
    [
      'too many tries',
      () => problem(429, { code: 'rate-limited', retryAfterSeconds: 7 }),
      { type: 'slowed-down', retryAfterSeconds: 7 },
    ],
    ['a server in trouble', () => problem(500, { code: 'internal' }), { type: 'other' }],
    ['an app too old', () => problem(426, { code: 'update-needed' }), { type: 'update-needed' }],
    ['a broken body', () => new Response('<', { status: 502, headers: ours }), { type: 'no-answer' }],
    ['a Wi-Fi sign-in page', captivePortal, { type: 'not-our-server' }],
  ])('tells %s', async (_what, answer, failure) => {
    expect(await failureOf(answer)).toEqual(failure);
  });

  it('tells no network', async () => {
    const result = await redeemLink(() => Promise.reject(new TypeError('network')), request);
    expect(result).toMatchObject({ ok: false, error: { type: 'no-answer' } });
  });

  it('has words for every failure, and says after a lost answer that the first try may have arrived', () => {
    const types = ['no-answer', 'not-our-server', 'link-not-valid', 'weak-password', 'email-taken'] as const;
    const more = ['time-zone-unknown', 'update-needed', 'other'] as const;
    const words = [...types, ...more].map((type) => redeemFailureWords({ type }, false));
    const slowed = redeemFailureWords({ type: 'slowed-down', retryAfterSeconds: 7 }, false);
    expect(new Set([...words, slowed]).size).toBe(types.length + more.length + 1);
    expect(slowed).toContain('7');
    expect(redeemFailureWords({ type: 'link-not-valid' }, true)).not.toBe(words[2]);
  });
});
