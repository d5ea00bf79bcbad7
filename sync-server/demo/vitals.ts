import type { Vitals } from '#shared/consult/vitals.ts';
import type { ClinicalCase } from './cases/clinical-case.ts';
import type { Random } from './random.ts';

/** Vital signs that fit how ill somebody is said to be. Children and newborns breathe and beat faster. */
export function vitalsFor(condition: ClinicalCase['condition'], young: boolean, random: Random): Vitals {
  const by = <T>(stable: T, unwell: T, critical: T): T =>
    condition === 'stable' ? stable : condition === 'unwell' ? unwell : critical;
  const faster = young ? 30 : 0;
  return {
    respirationsPerMinute:
      random.int(...by<[number, number]>([14, 19], [20, 25], [26, 36])) + (young ? 8 : 0),
    oxygenSaturationPercent: random.int(...by<[number, number]>([96, 99], [92, 95], [85, 91])),
    oxygenScale: 1,
    onOxygen: by(false, random.chance(0.4), true),
    systolicMmHg: random.int(...by<[number, number]>([112, 138], [100, 150], [78, 98])) - (young ? 20 : 0),
    diastolicMmHg: random.int(...by<[number, number]>([64, 86], [58, 92], [40, 60])),
    pulsePerMinute: random.int(...by<[number, number]>([64, 88], [92, 116], [118, 142])) + faster,
    consciousness: by('alert', 'alert', random.pick(['alert', 'confusion', 'voice'] as const)),
    temperatureCelsius: random.int(...by<[number, number]>([365, 373], [375, 388], [360, 395])) / 10,
  };
}
