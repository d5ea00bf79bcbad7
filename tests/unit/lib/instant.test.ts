import { describe, expect, it } from 'vitest';
import { instantSchema } from '#shared/lib/instant.ts';

describe('instant', () => {
  it.each(['2026-11-22T09:00:00.000Z', '0000-01-01T00:00:00.000Z', '2028-02-29T23:59:59.999Z'])(
    '%s is one',
    (text) => {
      expect(instantSchema.safeParse(text).success).toBe(true);
    },
  );

  it.each([
    '2026-02-30T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2026-11-22T24:00:00.000Z',
    '2026-11-22T09:00:60.000Z',
    '2026-11-22T09:00:00Z',
    '2026-11-22T09:00:00.000+01:00',
    '2026-13-01T00:00:00.000Z',
    '',
  ])('%s is none', (text) => {
    expect(instantSchema.safeParse(text).success).toBe(false);
  });
});
