import type { Vitals } from './vitals.ts';

export type Risk = 'low' | 'low-medium' | 'medium' | 'high';
export interface News2 {
  /** Sum of what was taken; at least the patient's true score when not `complete`. */
  readonly score: number;
  /** All seven parameters were taken. */
  readonly complete: boolean;
  /** 'low-medium': under 5 in all, but 3 in a single parameter (RCP: urgent ward review). */
  readonly risk: Risk;
}

/** Upper bounds, ascending, each with its points; the last has no bound. */
type Bands = readonly (readonly [upTo: number, points: number])[];

const respirations: Bands = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Infinity, 3],
];
const saturationScale1: Bands = [
  [91, 3],
  [93, 2],
  [95, 1],
  [Infinity, 0],
];
const saturationScale2: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [Infinity, 0],
];
const saturationScale2OnOxygen: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [92, 0],
  [94, 1],
  [96, 2],
  [Infinity, 3],
];
const systolic: Bands = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [Infinity, 3],
];
const pulse: Bands = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [Infinity, 3],
];
const temperature: Bands = [
  [35, 3],
  [36, 1],
  [38, 0],
  [39, 1],
  [Infinity, 2],
];

const pointsIn = (bands: Bands, value: number): number => bands.find(([upTo]) => value <= upTo)?.[1] ?? 0;
const scored = (bands: Bands, value: number | null): number | null =>
  value === null ? null : pointsIn(bands, value);

/** Scale 2 above 92 % depends on whether oxygen is given; unknown oxygen then leaves the parameter open. */
function saturationPoints(vitals: Vitals): number | null {
  const percent = vitals.oxygenSaturationPercent;
  if (percent === null) return null;
  if (vitals.oxygenScale === 1) return pointsIn(saturationScale1, percent);
  if (vitals.onOxygen === null && percent > 92) return null;
  return pointsIn(vitals.onOxygen === true ? saturationScale2OnOxygen : saturationScale2, percent);
}

/**
 * National Early Warning Score 2. Temperature is read to one decimal, as the chart has it.
 * Source: Royal College of Physicians, NEWS2, 2017, charts 1 and 2.
 */
export function news2(vitals: Vitals): News2 {
  const celsius = vitals.temperatureCelsius === null ? null : Math.round(vitals.temperatureCelsius * 10) / 10;
  const points = [
    scored(respirations, vitals.respirationsPerMinute),
    saturationPoints(vitals),
    vitals.onOxygen === null ? null : vitals.onOxygen ? 2 : 0,
    scored(systolic, vitals.systolicMmHg),
    scored(pulse, vitals.pulsePerMinute),
    vitals.consciousness === null ? null : vitals.consciousness === 'alert' ? 0 : 3,
    scored(temperature, celsius),
  ];
  const score = points.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const risk = score >= 7 ? 'high' : score >= 5 ? 'medium' : points.includes(3) ? 'low-medium' : 'low';
  return { score, complete: !points.includes(null), risk };
}
