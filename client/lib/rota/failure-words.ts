import { m } from '$lib/paraglide/messages.js';
import type { RotaFailure } from './ask-rota.ts';

/** Why nothing was saved, in words; what a rule says against it stands where it belongs. */
export function failureWords(failure: RotaFailure): string {
  switch (failure.type) {
    case 'no-answer':
      return m.rota_failed_no_answer();
    case 'not-there':
      return m.rota_failed_not_there();
    case 'not-allowed':
      return m.rota_failed_not_allowed();
    case 'refused':
      return m.rota_failed_refused();
  }
}
