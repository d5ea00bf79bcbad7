import { commonWords } from './common-words.ts';

/** Swapped signs back to the letters they stand for. */
const swaps: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
};

const unswapped = (text: string): string => text.replace(/./gsu, (sign) => swaps[sign] ?? sign);
const lettersOnly = (text: string): string => text.replace(/[^\p{L}]/gu, '');
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

const rows = [
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
  '1qaz2wsx3edc4rfv5tgb6yhn',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
];
const runs = rows.flatMap((row) => [row, row.split('').reverse().join('')]);

/** True for one short piece said again and again, such as `abcabcabcabc`. */
function isRepeated(text: string): boolean {
  for (let length = 1; length <= Math.min(6, text.length / 2); length++) {
    const piece = text.slice(0, length);
    if (piece.repeat(Math.ceil(text.length / length)).startsWith(text)) return true;
  }
  return false;
}

/** Cuts runs along the keyboard, the alphabet or the numbers, four signs or longer. */
function withoutRuns(text: string): string {
  let rest = text;
  for (let length = 10; length >= 4; length--) {
    for (const run of runs) {
      for (let at = 0; at + length <= run.length; at++)
        rest = rest.replaceAll(run.slice(at, at + length), '');
    }
  }
  return rest;
}

/** True when text is nothing but common words, one after the other. */
function isMadeOfCommonWords(text: string, words: ReadonlySet<string>): boolean {
  const reachable = new Set([0]);
  for (let start = 0; start < text.length; start++) {
    if (!reachable.has(start)) continue;
    for (let end = start + 3; end <= text.length; end++)
      if (words.has(text.slice(start, end))) reachable.add(end);
  }
  return reachable.has(text.length);
}

export type PasswordWeakness = 'common' | 'personal';

/**
 * Why a password would be among the first that somebody tries; null when it would not. `about` holds what everybody knows of the person:
 * e-mail address, name, hospital. Length is judged by `passwordSchema`.
 */
export function passwordWeakness(password: string, about: readonly string[]): PasswordWeakness | null {
  const text = plain(password);
  const personal = new Set(
    about.flatMap((known) => plain(known).split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length >= 3),
  );
  if (isRepeated(text) || new Set(text).size < 5) return 'common';
  // Numbers alone are telephones and birthdays; and what is left when runs are cut out must not be next to nothing.
  if (lettersOnly(text) === '') return 'common';
  for (const form of [text, unswapped(text)]) {
    const rest = withoutRuns(form);
    if (rest.length < 6 && lettersOnly(rest).length < 4) return 'common';
  }
  const ended = text.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '');
  for (const form of new Set([
    lettersOnly(text),
    lettersOnly(unswapped(text)),
    lettersOnly(unswapped(ended)),
    lettersOnly(ended),
  ])) {
    if (form === '') continue;
    if (isMadeOfCommonWords(form, commonWords)) return 'common';
    if (isMadeOfCommonWords(form, new Set([...commonWords, ...personal]))) return 'personal';
  }
  return null;
}
