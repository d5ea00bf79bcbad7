import { languageOfTag } from '#shared/lib/language.ts';
import { getLocale, locales } from '$lib/paraglide/runtime.js';

/** Languages people in the hospital may read: those the app speaks, and those it could be given. */
const usual = ['en', 'ur', 'ar', 'ps', 'pa', 'sd', 'hi', 'bn', 'fa', 'fr', 'de', 'es', 'tr'];

export const languageChoices = (held: readonly string[]): readonly string[] => [
  ...new Set([...locales, ...held, ...usual]),
];

/** The language's name in the reader's own; the tag itself where nobody knows a name. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([getLocale()], { type: 'language' }).of(tag) ?? tag;
  } catch {
    // No such tag: it is shown as it was written.
    return tag;
  }
}

/** Alerts, mails and SMS are written in it. */
export const isWritten = (tag: string): boolean => languageOfTag(tag) !== null;

export const isSpoken = (tag: string): boolean => (locales as readonly string[]).includes(tag);
