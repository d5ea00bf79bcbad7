import { describe, expect, test } from 'vitest';
import { news2 } from '#shared/consult/news2.ts';
import type { Vitals } from '#shared/consult/vitals.ts';

const well: Vitals = {
  respirationsPerMinute: 16,
  oxygenSaturationPercent: 98,
  oxygenScale: 1,
  onOxygen: false,
  systolicMmHg: 120,
  diastolicMmHg: 80,
  pulsePerMinute: 70,
  consciousness: 'alert',
  temperatureCelsius: 37,
};
const scoreWith = (over: Partial<Vitals>): number => news2({ ...well, ...over }).score;

// Chart 1 of the Royal College of Physicians, 2017: [first value, last value, points].
type Row = readonly [from: number, to: number, points: number];
const chart: Readonly<Record<string, readonly Row[]>> = {
  respirationsPerMinute: [
    [1, 8, 3],
    [9, 11, 1],
    [12, 20, 0],
    [21, 24, 2],
    [25, 80, 3],
  ],
  oxygenSaturationPercent: [
    [30, 91, 3],
    [92, 93, 2],
    [94, 95, 1],
    [96, 100, 0],
  ],
  systolicMmHg: [
    [20, 90, 3],
    [91, 100, 2],
    [101, 110, 1],
    [111, 219, 0],
    [220, 320, 3],
  ],
  pulsePerMinute: [
    [0, 40, 3],
    [41, 50, 1],
    [51, 90, 0],
    [91, 110, 1],
    [111, 130, 2],
    [131, 350, 3],
  ],
  temperatureCelsius: [
    [20, 35, 3],
    [35.1, 36, 1],
    [36.1, 38, 0],
    [38.1, 39, 1],
    [39.1, 46, 2],
  ],
};

describe('NEWS2', () => {
  test.each(Object.entries(chart).flatMap(([name, rows]) => rows.map((row) => [name, ...row] as const)))(
    '%s from %d to %d scores %d',
    (name, from, to, points) => {
      expect(scoreWith({ [name]: from })).toBe(points);
      expect(scoreWith({ [name]: to })).toBe(points);
    },
  );

  test.each([
    [false, 83, 3],
    [false, 84, 2],
    [false, 85, 2],
    [false, 86, 1],
    [false, 87, 1],
    [false, 88, 0],
    [false, 92, 0],
    [false, 93, 0],
    [false, 97, 0],
    [false, 100, 0],
    [true, 83, 3],
    [true, 84, 2],
    [true, 85, 2],
    [true, 86, 1],
    [true, 87, 1],
    [true, 88, 0],
    [true, 92, 0],
    [true, 93, 1],
    [true, 94, 1],
    [true, 95, 2],
    [true, 96, 2],
    [true, 97, 3],
    [true, 100, 3],
  ] as const)('scale 2, on oxygen %s: saturation %d scores %d', (onOxygen, percent, points) => {
    const oxygenPoints = onOxygen ? 2 : 0;
    expect(scoreWith({ oxygenScale: 2, onOxygen, oxygenSaturationPercent: percent })).toBe(
      points + oxygenPoints,
    );
  });

  test('oxygen scores 2', () => expect(scoreWith({ onOxygen: true })).toBe(2));

  test.each([
    ['alert', 0],
    ['confusion', 3],
    ['voice', 3],
    ['pain', 3],
    ['unresponsive', 3],
  ] as const)('consciousness %s scores %d', (consciousness, points) =>
    expect(scoreWith({ consciousness })).toBe(points),
  );

  test.each([
    ['nothing wrong', {}, 0, 'low'],
    ['four in all', { onOxygen: true, temperatureCelsius: 39.5 }, 4, 'low'],
    ['three in one parameter', { consciousness: 'confusion' }, 3, 'low-medium'],
    ['four with three in one', { consciousness: 'confusion', pulsePerMinute: 100 }, 4, 'low-medium'],
    ['five', { onOxygen: true, temperatureCelsius: 39.5, pulsePerMinute: 100 }, 5, 'medium'],
    ['six', { consciousness: 'voice', systolicMmHg: 85 }, 6, 'medium'],
    ['seven', { consciousness: 'voice', systolicMmHg: 85, pulsePerMinute: 100 }, 7, 'high'],
    [
      'all at their worst',
      {
        respirationsPerMinute: 30,
        oxygenSaturationPercent: 85,
        onOxygen: true,
        systolicMmHg: 80,
        pulsePerMinute: 140,
        consciousness: 'unresponsive',
        temperatureCelsius: 34,
      },
      20,
      'high',
    ],
  ] as const)('%s', (_, over, score, risk) => {
    expect(news2({ ...well, ...over })).toEqual({ score, complete: true, risk });
  });

  test('what was not taken leaves the score open', () => {
    expect(news2({ ...well, pulsePerMinute: null, consciousness: 'voice' })).toEqual({
      score: 3,
      complete: false,
      risk: 'low-medium',
    });
  });

  test('scale 2 above 92 % with unknown oxygen is left open, not guessed', () => {
    expect(news2({ ...well, oxygenScale: 2, onOxygen: null, oxygenSaturationPercent: 97 })).toEqual({
      score: 0,
      complete: false,
      risk: 'low',
    });
  });

  test('temperature is read to one decimal', () => {
    expect(scoreWith({ temperatureCelsius: 38.04 })).toBe(0);
    expect(scoreWith({ temperatureCelsius: 38.06 })).toBe(1);
  });
});
