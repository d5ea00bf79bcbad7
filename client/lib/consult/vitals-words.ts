import type { Vitals } from '#shared/consult/vitals.ts';
import { m } from '$lib/paraglide/messages.js';

export type NumericVital =
  | 'respirationsPerMinute'
  | 'oxygenSaturationPercent'
  | 'systolicMmHg'
  | 'diastolicMmHg'
  | 'pulsePerMinute'
  | 'temperatureCelsius';

export function vitalWord(vital: NumericVital): string {
  switch (vital) {
    case 'respirationsPerMinute':
      return m.consult_vital_respirations();
    case 'oxygenSaturationPercent':
      return m.consult_vital_saturation();
    case 'systolicMmHg':
      return m.consult_vital_systolic();
    case 'diastolicMmHg':
      return m.consult_vital_diastolic();
    case 'pulsePerMinute':
      return m.consult_vital_pulse();
    case 'temperatureCelsius':
      return m.consult_vital_temperature();
  }
}

/** Units are the same in every language the app speaks. */
export function vitalUnit(vital: NumericVital): string {
  switch (vital) {
    case 'respirationsPerMinute':
    case 'pulsePerMinute':
      return '/min';
    case 'oxygenSaturationPercent':
      return '%';
    case 'systolicMmHg':
    case 'diastolicMmHg':
      return 'mmHg';
    case 'temperatureCelsius':
      return '°C';
  }
}

export function consciousnessWord(state: NonNullable<Vitals['consciousness']>): string {
  switch (state) {
    case 'alert':
      return m.consult_conscious_alert();
    case 'confusion':
      return m.consult_conscious_confusion();
    case 'voice':
      return m.consult_conscious_voice();
    case 'pain':
      return m.consult_conscious_pain();
    case 'unresponsive':
      return m.consult_conscious_unresponsive();
  }
}

/** "BP 98/60 mmHg", "pulse 112/min", … in the order of a chart; only what was taken. */
export function vitalsLine(vitals: Vitals): string[] {
  const parts: string[] = [];
  const { systolicMmHg, diastolicMmHg } = vitals;
  if (vitals.respirationsPerMinute !== null)
    parts.push(`${vitalWord('respirationsPerMinute')} ${vitals.respirationsPerMinute}/min`);
  if (vitals.oxygenSaturationPercent !== null)
    parts.push(`${vitalWord('oxygenSaturationPercent')} ${vitals.oxygenSaturationPercent}\u00a0%`);
  if (vitals.onOxygen !== null)
    parts.push(vitals.onOxygen ? m.consult_vital_on_oxygen() : m.consult_vital_air());
  if (vitals.oxygenScale === 2) parts.push(m.consult_vital_scale_two());
  if (systolicMmHg !== null || diastolicMmHg !== null)
    parts.push(`${m.consult_vital_pressure()} ${systolicMmHg ?? '–'}/${diastolicMmHg ?? '–'}\u00a0mmHg`);
  if (vitals.pulsePerMinute !== null)
    parts.push(`${vitalWord('pulsePerMinute')} ${vitals.pulsePerMinute}/min`);
  if (vitals.consciousness !== null) parts.push(consciousnessWord(vitals.consciousness));
  if (vitals.temperatureCelsius !== null) parts.push(`${vitals.temperatureCelsius.toFixed(1)}\u00a0°C`);
  return parts;
}
