import { languageSchema, type Language } from '#shared/lib/language.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';

/** Tablet setting that holds what this person chose here last. */
export const languageSetting = 'alert-language';

export interface LanguageChoice {
  readonly language: Language;
  /** The server took it. */
  readonly isSent: boolean;
}

/** What the setting holds; null: nothing was chosen here, or it is of another build. */
export function languageChoiceOf(value: unknown): LanguageChoice | null {
  if (typeof value !== 'object' || value === null || !('language' in value) || !('isSent' in value))
    return null;
  const language = languageSchema.safeParse(value.language).data;
  return language === undefined || typeof value.isSent !== 'boolean'
    ? null
    : { language, isSent: value.isSent };
}

type Settings = Pick<Tablet, 'setting' | 'saveSetting'>;

/** As it stands now. */
export function heldLanguage(tablet: Pick<Settings, 'setting'>): LanguageChoice | null {
  let held: unknown = null;
  tablet.setting<unknown>(languageSetting).subscribe((value) => (held = value))();
  return languageChoiceOf(held);
}

/** Kept on the tablet first, and sent when there is a network (`startLanguageSender`). */
export const chooseLanguage = (tablet: Pick<Settings, 'saveSetting'>, language: Language): Promise<void> =>
  tablet.saveSetting(languageSetting, { language, isSent: false } satisfies LanguageChoice);
