import { vitalsSchema, type Vitals } from '#shared/consult/vitals.ts';
import { judgeNumber } from '$lib/ui/field/number.ts';
import type { VitalsFields } from './fields.ts';

export const vitalNumbers = [
  'respirationsPerMinute',
  'oxygenSaturationPercent',
  'systolicMmHg',
  'diastolicMmHg',
  'pulsePerMinute',
  'temperatureCelsius',
] as const;
export type VitalNumber = (typeof vitalNumbers)[number];

export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly decimals: number;
}

/** The bounds of the schema, so that the form cannot promise what the server refuses. */
export function boundsOf(vital: VitalNumber): Bounds {
  const { minValue, maxValue } = vitalsSchema.shape[vital].unwrap();
  return { min: minValue ?? 0, max: maxValue ?? 0, decimals: vital === 'temperatureCelsius' ? 1 : 0 };
}

/** What was typed, as far as it can be read; null when nothing was taken. A field out of bounds counts as not taken. */
export function readVitals(fields: VitalsFields): Vitals | null {
  const number = (vital: VitalNumber): number | null => {
    const judged = judgeNumber(fields[vital], boundsOf(vital));
    return judged.kind === 'good' ? judged.value : null;
  };
  const vitals: Vitals = {
    respirationsPerMinute: number('respirationsPerMinute'),
    oxygenSaturationPercent: number('oxygenSaturationPercent'),
    oxygenScale: fields.oxygenScale === '2' ? 2 : 1,
    onOxygen: fields.onOxygen === null ? null : fields.onOxygen === 'yes',
    systolicMmHg: number('systolicMmHg'),
    diastolicMmHg: number('diastolicMmHg'),
    pulsePerMinute: number('pulsePerMinute'),
    consciousness: fields.consciousness,
    temperatureCelsius: number('temperatureCelsius'),
  };
  const { oxygenScale: _scale, ...taken } = vitals;
  return Object.values(taken).every((value) => value === null) ? null : vitals;
}

/** Fields that hold something which is not a reading: they are never sent as if they were empty. */
export const unreadableVitals = (fields: VitalsFields): VitalNumber[] =>
  vitalNumbers.filter((vital) => {
    const { kind } = judgeNumber(fields[vital], boundsOf(vital));
    return kind === 'outside' || kind === 'not-a-number';
  });
