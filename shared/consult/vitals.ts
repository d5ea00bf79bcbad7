import { z } from 'zod';

/**
 * One set of vital signs; null means not taken. Bounds are those of a living patient and a working instrument.
 * `oxygenScale` 2 is for hypercapnic respiratory failure, chosen by a clinician (RCP NEWS2, 2017).
 */
export const vitalsSchema = z.strictObject({
  respirationsPerMinute: z.int().min(0).max(80).nullable(),
  oxygenSaturationPercent: z.int().min(30).max(100).nullable(),
  oxygenScale: z.union([z.literal(1), z.literal(2)]),
  onOxygen: z.boolean().nullable(),
  systolicMmHg: z.int().min(20).max(320).nullable(),
  diastolicMmHg: z.int().min(10).max(220).nullable(),
  pulsePerMinute: z.int().min(0).max(350).nullable(),
  consciousness: z.enum(['alert', 'confusion', 'voice', 'pain', 'unresponsive']).nullable(),
  temperatureCelsius: z.number().min(20).max(46).nullable(),
});
export type Vitals = z.infer<typeof vitalsSchema>;
