import { describe, expect, it } from 'vitest';
import { ageParts } from '#shared/patient/age-parts.ts';
import type { Born } from '#shared/patient/content.ts';

const date = (on: string): Born => ({ kind: 'date', date: on });
const age = (value: number, unit: 'years' | 'months' | 'days', asOf = '2026-01-10'): Born => ({
  kind: 'age',
  value,
  unit,
  asOf,
});

describe('age', () => {
  it.each<[Born, string, string]>([
    [date('2026-03-01'), '2026-03-02', '1 days'],
    [date('2026-03-02'), '2026-03-02', '0 days'],
    [date('2027-01-01'), '2026-03-02', '0 days'],
    [date('2026-02-02'), '2026-03-02', '1 months'],
    [date('2026-02-03'), '2026-03-02', '27 days'],
    [date('2024-03-03'), '2026-03-02', '23 months'],
    [date('2024-03-02'), '2026-03-02', '2 years'],
    [date('1964-02-29'), '2026-02-28', '61 years'],
    [date('1964-02-29'), '2026-03-01', '62 years'],
    [age(61, 'years'), '2026-03-02', '61 years approx'],
    [age(61, 'years'), '2027-01-10', '62 years approx'],
    [age(22, 'months'), '2026-02-10', '23 months approx'],
    [age(22, 'months'), '2026-03-10', '2 years approx'],
    [age(3, 'days'), '2026-01-12', '5 days approx'],
    [age(3, 'days'), '2026-03-12', '2 months approx'],
  ])('%o on %s is %s', (born, today, expected) => {
    const parts = ageParts(born, today);
    expect(`${parts?.value} ${parts?.unit}${parts?.approximate === true ? ' approx' : ''}`).toBe(expected);
  });

  it('is null when nobody knows', () => {
    expect(ageParts({ kind: 'unknown' }, '2026-03-02')).toBeNull();
  });
});
