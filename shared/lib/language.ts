import { z } from 'zod';

/** Languages the product has words in. What is written for people (alerts, mails, SMS) has all of them; screens have those of `project.inlang`. */
export const languageSchema = z.enum(['en', 'ur']);
export type Language = z.infer<typeof languageSchema>;

export const languages: readonly Language[] = languageSchema.options;
export const baseLanguage: Language = 'en';

/** As people call their own language. */
export const ownNames: Readonly<Record<Language, string>> = { en: 'English', ur: 'اردو' };

const rightToLeft: ReadonlySet<Language> = new Set(['ur']);
export const directionOf = (language: Language): 'ltr' | 'rtl' => (rightToLeft.has(language) ? 'rtl' : 'ltr');

/** For a tag of any browser or setting, such as 'ur-PK'; null: no words in it. */
export const languageOfTag = (tag: string): Language | null =>
  languageSchema.safeParse(tag.toLowerCase().split('-')[0]).data ?? null;

/** What a person reads who chose nothing: the first of the hospital's languages that there are words in. */
export function hospitalLanguage(organisation: { readonly languages: readonly string[] } | null): Language {
  for (const tag of organisation?.languages ?? []) {
    const found = languageOfTag(tag);
    if (found !== null) return found;
  }
  return baseLanguage;
}
