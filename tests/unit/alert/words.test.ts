import { describe, expect, test } from 'vitest';
import { alertKindSchema } from '#shared/alert/alert.ts';
import type { LinkPurpose, TestOccasion } from '#shared/alert/words/vocabulary.ts';
import { aboutWords, lineOf, linkMailWordsIn, titleOf, wordsIn } from '#shared/alert/words/words.ts';
import { urgencies } from '#shared/consult/vocabulary.ts';
import { languages, type Language } from '#shared/lib/language.ts';

const occasions: readonly TestOccasion[] = ['asked', 'turn', 'turn-silent'];
const purposes: readonly LinkPurpose[] = ['invitation', 'reset'];

/** Every text of a language, functions with something filled in that stands in no alphabet. */
function textsOf(language: Language): readonly (readonly [where: string, text: string])[] {
  const found: [string, string][] = [];
  const collect = (where: string, value: unknown): void => {
    if (typeof value === 'string') found.push([where, value]);
    else if (typeof value === 'function') found.push([where, (value as (n: number) => string)(12)]);
    else if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) collect(`${where}.${name}`, inner);
  };
  collect('alerts', wordsIn(language));
  for (const purpose of purposes) collect(purpose, linkMailWordsIn(language, purpose));
  return found;
}
const placesOf = (language: Language): string[] => textsOf(language).map(([where]) => where);

describe('UX-3 words that leave the hospital', () => {
  const rows = languages.flatMap((language) =>
    alertKindSchema.options.map((about) => [language, about] as const),
  );
  test.each(rows)('%s says %s in a whole sentence, short enough for a notification', (language, about) => {
    const said = aboutWords({ about }, language);
    expect(said).toMatch(/[.۔]$/);
    expect(said.length).toBeLessThanOrEqual(140);
  });

  test.each(languages)('%s tells every kind from every other, and every test from the others', (language) => {
    const said = [
      ...alertKindSchema.options
        .filter((about) => about !== 'test')
        .map((about) => aboutWords({ about }, language)),
      ...occasions.map((test) => aboutWords({ about: 'test', test }, language)),
    ];
    expect(new Set(said).size).toBe(said.length);
    const { urgency } = wordsIn(language);
    expect(new Set(urgencies.map((each) => urgency[each])).size).toBe(urgencies.length);
  });

  test.each(languages)('%s lacks no word, and none is blank', (language) => {
    expect(placesOf(language)).toEqual(placesOf('en'));
    for (const [, text] of textsOf(language)) expect(text.trim()).not.toBe('');
  });

  test('no English is left in Urdu, and no Urdu in English', () => {
    for (const [where, text] of textsOf('ur')) {
      expect([where, text]).toEqual([where, expect.not.stringMatching(/[A-Za-z]/)]);
      expect([where, text]).toEqual([where, expect.stringMatching(/[\u0600-\u06ff]/)]);
      // Urdu's own letters: Arabic yeh and kaf look alike and are read out wrongly.
      expect([where, text]).toEqual([where, expect.not.stringMatching(/[\u064a\u0643\u0649]/)]);
    }
    for (const [where, text] of textsOf('en'))
      expect([where, text]).toEqual([where, expect.not.stringMatching(/[\u0600-\u06ff]/)]);
  });

  test.each(languages)('FM-39 %s names nobody and asks for nothing of the patient', (language) => {
    for (const [where, text] of textsOf(language)) {
      expect([where, text]).toEqual([
        where,
        expect.not.stringMatching(/\bMRN\b|\bbed\b|\bward\b|ایم آر|بستر|وارڈ/i),
      ]);
      if (!where.endsWith('.foot')) expect(text).not.toMatch(/patient|مریض/i);
    }
  });

  test.each([
    ['en', 'EMERGENCY · Cardiology'],
    ['ur', 'ایمرجنسی · Cardiology'],
  ] as const)('the title in %s is the urgency and the department', (language, title) => {
    const said = { about: 'new-consult', urgency: 'emergency', departmentName: 'Cardiology' } as const;
    expect(titleOf(said, language)).toBe(title);
    expect(titleOf({ ...said, departmentName: '' }, language)).toBe(wordsIn(language).urgency.emergency);
    expect(titleOf({ ...said, about: 'test' }, language)).toBe(`${wordsIn(language).testTitle} · Cardiology`);
  });

  test('the line holds the reference and how many more there are', () => {
    const said = { about: 'note', reference: 'CARD-26-00412', others: 2 } as const;
    expect(lineOf(said, 'en')).toBe('A note was added to a consult. (CARD-26-00412) And 2 more.');
    expect(lineOf({ ...said, reference: null, others: 0 }, 'ur')).toBe(wordsIn('ur').about.note);
    expect(lineOf(said, 'ur')).toBe(`${wordsIn('ur').about.note} (CARD-26-00412) اور مزید 2۔`);
  });
});
