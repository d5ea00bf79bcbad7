import { ageParts, type AgeParts } from '#shared/patient/age-parts.ts';
import type { Born } from '#shared/patient/content.ts';
import { m } from '$lib/paraglide/messages.js';

/** "62", "7 months", "3 days". */
export function partsWords(age: Pick<AgeParts, 'value' | 'unit'>): string {
  switch (age.unit) {
    case 'years':
      return String(age.value);
    case 'months':
      return m.patient_age_months({ count: age.value });
    case 'days':
      return m.patient_age_days({ count: age.value });
  }
}

/** As above; '' when nobody knows. `today` is YYYY-MM-DD in the hospital's time zone. */
export function ageWords(born: Born, today: string): string {
  const age = ageParts(born, today);
  return age === null ? '' : partsWords(age);
}
