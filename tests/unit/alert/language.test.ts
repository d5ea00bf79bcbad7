import { describe, expect, test } from 'vitest';
import { directionOf, hospitalLanguage, languageOfTag, languages, ownNames } from '#shared/lib/language.ts';

describe('UX-3 in which language somebody is written to', () => {
  test.each([
    ['en', 'en'],
    ['ur', 'ur'],
    ['ur-PK', 'ur'],
    ['UR-Arab-PK', 'ur'],
    ['en-GB', 'en'],
    ['ar', null],
    ['', null],
  ])('a browser that says "%s" means %s', (tag, language) => expect(languageOfTag(tag)).toBe(language));

  test.each([
    [['en'], 'en'],
    [['ur', 'en'], 'ur'],
    [['ar', 'ur'], 'ur'],
    [['ar'], 'en'],
    [[], 'en'],
  ])('a hospital of %o writes in %s to whoever chose nothing', (tags, language) => {
    expect(hospitalLanguage({ languages: tags })).toBe(language);
  });
  test('before the organisation was read it is English', () => expect(hospitalLanguage(null)).toBe('en'));

  test('each language has its own name and a direction', () => {
    for (const language of languages) expect(ownNames[language]).not.toBe('');
    expect(languages.map(directionOf)).toEqual(['ltr', 'rtl']);
  });
});
