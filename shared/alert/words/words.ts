import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { Language } from '#shared/lib/language.ts';
import type { AlertKind } from '../alert.ts';
import { en, enLinkMails } from './en.ts';
import { ur, urLinkMails } from './ur.ts';
import type { AlertWords, LinkMailWords, LinkPurpose, TestOccasion } from './vocabulary.ts';

const words: Readonly<Record<Language, AlertWords>> = { en, ur };
const linkMails: Readonly<Record<Language, Readonly<Record<LinkPurpose, LinkMailWords>>>> = {
  en: enLinkMails,
  ur: urLinkMails,
};

export const wordsIn = (language: Language): AlertWords => words[language];
export const linkMailWordsIn = (language: Language, purpose: LinkPurpose): LinkMailWords =>
  linkMails[language][purpose];

/** What an alert says outside the app, apart from the language it says it in. */
export interface Said {
  readonly about: AlertKind;
  readonly urgency: Urgency;
  readonly departmentName: string;
  /** Of a test only; absent: it was asked for. */
  readonly test?: TestOccasion | undefined;
}

/** Urgency and receiving department, such as "EMERGENCY · Cardiology". */
export const titleOf = ({ about, urgency, departmentName }: Said, language: Language): string =>
  [about === 'test' ? words[language].testTitle : words[language].urgency[urgency], departmentName]
    .filter((part) => part !== '')
    .join(' · ');

/** One or two sentences. */
export const aboutWords = ({ about, test }: Pick<Said, 'about' | 'test'>, language: Language): string =>
  about === 'test' ? words[language].test[test ?? 'asked'] : words[language].about[about];

/** The reason, the consult's reference (null: none), and how many more stand behind it. */
export function lineOf(
  said: Pick<Said, 'about' | 'test'> & { readonly reference: string | null; readonly others: number },
  language: Language,
): string {
  const { reference, others } = said;
  return [
    aboutWords(said, language),
    ...(reference === null ? [] : [`(${reference})`]),
    ...(others === 0 ? [] : [words[language].more(others)]),
  ].join(' ');
}
