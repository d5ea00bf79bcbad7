import { fileLimits } from '#shared/attachment/limits.ts';
import { exhaustive } from '#shared/lib/exhaustive.ts';
import { m } from '$lib/paraglide/messages.js';
import type { AddFault } from './add-files.svelte.ts';
import type { FetchFailure, FileState } from './files.ts';
import { inMegabytes } from './prepare-file.ts';

/** Why a chosen file was not taken, and what to do instead. */
export function faultWords(fault: AddFault): string {
  switch (fault.type) {
    case 'not-a-picture-or-pdf':
    case 'not-decodable':
      return m.files_fault_not_a_picture();
    case 'damaged':
      return m.files_fault_damaged();
    case 'empty':
      return m.files_fault_empty();
    case 'unreadable':
      return m.files_fault_unreadable();
    case 'too-many-bytes':
      return fault.kind === 'pdf'
        ? m.files_fault_pdf_too_large({ megabytes: inMegabytes(fault.maxBytes) })
        : m.files_fault_picture_too_large({ megabytes: inMegabytes(fault.maxBytes) });
    case 'too-many-pixels':
      return m.files_fault_too_many_pixels({ megapixels: Math.round(fileLimits.picturePixels / 1_000_000) });
    case 'storage-full':
      return m.files_fault_storage_full();
    case 'storage-failed':
      return m.files_fault_storage_failed();
    default:
      return exhaustive(fault);
  }
}

export function fetchFailureWords(why: FetchFailure): string {
  switch (why) {
    case 'not-there':
      return m.files_state_not_there();
    case 'no-answer':
      return m.files_state_no_answer();
    case 'signed-out':
      return m.files_state_signed_out();
    case 'storage-full':
      return m.files_state_storage_full();
    case 'damaged':
      return m.files_state_damaged();
    default:
      return exhaustive(why);
  }
}

const percent = (share: number): number => Math.round(share * 100);

/** Where a file is, as far as that is worth a word; `late`: somebody should do something. null: it is here, and that is all. */
export function stateWords(
  state: FileState,
  isUnsent: boolean,
): { readonly words: string; readonly tone: 'quiet' | 'soon' | 'late' } | null {
  if (isUnsent) return { words: m.files_state_tablet_only(), tone: 'soon' };
  switch (state.at) {
    case 'this-tablet-only':
      return { words: m.files_state_tablet_only(), tone: 'soon' };
    case 'being-sent':
      return { words: m.files_state_being_sent({ percent: percent(state.share) }), tone: 'soon' };
    case 'sent':
      return { words: m.files_state_sent(), tone: 'quiet' };
    case 'refused':
      return state.why === 'too-much'
        ? { words: m.files_state_refused_too_much(), tone: 'soon' }
        : { words: m.files_state_refused_damaged(), tone: 'late' };
    case 'waits-to-be-fetched':
      return { words: m.files_state_waits(), tone: 'quiet' };
    case 'being-fetched':
      return { words: m.files_state_being_fetched({ percent: percent(state.share) }), tone: 'quiet' };
    case 'not-here':
      return {
        words: fetchFailureWords(state.why),
        tone: state.why === 'not-there' || state.why === 'no-answer' ? 'quiet' : 'late',
      };
    case 'unknown':
    case 'here':
      return null;
    default:
      return exhaustive(state);
  }
}
