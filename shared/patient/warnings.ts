import type { PatientContent } from './content.ts';

type Allergies = PatientContent['allergies'];

/**
 * What to show where several said something and none of them knew of the others: whatever anybody warned of. A list beats "none known", which
 * beats "not asked". One substance is shown once, as it was said last.
 */
export function joinAllergies(said: readonly Allergies[]): Allergies {
  const bySubstance = new Map<string, Extract<Allergies, { kind: 'known' }>['list'][number]>();
  for (const one of said) {
    if (one.kind !== 'known') continue;
    for (const allergy of one.list) bySubstance.set(allergy.substance.trim().toLowerCase(), allergy);
  }
  if (bySubstance.size > 0) return { kind: 'known', list: [...bySubstance.values()] };
  return { kind: said.some(({ kind }) => kind === 'none-known') ? 'none-known' : 'not-asked' };
}

export const joinPrecautions = (
  said: readonly PatientContent['precautions'][],
): PatientContent['precautions'] => [...new Set(said.flat())];
