import { m } from '$lib/paraglide/messages.js';
import type { AdminFailure } from './ask-admin.ts';
import { refusalWords } from './refusal-words.ts';

/** Why a page of administration cannot be shown. */
export function loadFailureWords(failure: AdminFailure): string {
  switch (failure.type) {
    case 'no-answer':
      return m.admin_load_no_answer();
    case 'signed-out':
      return m.admin_load_signed_out();
    case 'not-there':
      return m.admin_load_not_there();
    case 'slowed-down':
      return m.admin_slowed_down();
    case 'refused':
    case 'not-valid':
    case 'changed-meanwhile':
      return m.admin_not_yours();
  }
}

/** Why something was not done; what stands at a field of its own is said there, and here that there is something. */
export function saveFailureWords(failure: AdminFailure): string {
  switch (failure.type) {
    case 'no-answer':
      return m.admin_save_no_answer();
    case 'signed-out':
      return m.admin_save_signed_out();
    case 'not-there':
      return m.admin_save_not_there();
    case 'slowed-down':
      return m.admin_slowed_down();
    case 'changed-meanwhile':
      return m.admin_save_changed();
    case 'not-valid':
      return m.admin_save_not_valid();
    case 'refused': {
      const words = new Set(failure.refusals.map(({ code }) => refusalWords(code)));
      return words.size === 0 ? m.admin_refused_not_permitted() : [...words].join(' ');
    }
  }
}
