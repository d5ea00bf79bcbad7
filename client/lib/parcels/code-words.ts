import { m } from '$lib/paraglide/messages.js';
import type { Seen } from './taking.ts';

/** What was read, and what to do about it. */
export function codeWords(seen: Exclude<Seen, { type: 'nothing' | 'part' }>): {
  readonly tone: 'say' | 'warn';
  readonly words: string;
} {
  switch (seen.type) {
    case 'taken':
      return seen.taken > 0
        ? { tone: 'say', words: m.parcels_taken({ count: seen.taken }) }
        : { tone: 'warn', words: m.parcels_known({ count: seen.known }) };
    case 'other-hospital':
      return { tone: 'warn', words: m.parcels_other_hospital() };
    case 'other-build':
      return { tone: 'warn', words: m.parcels_other_build() };
    case 'damaged':
      return { tone: 'warn', words: m.parcels_damaged() };
    case 'not-ours':
      return { tone: 'warn', words: m.parcels_not_ours() };
    case 'storage-failed':
      return { tone: 'warn', words: m.common_storage_failing() };
  }
}
