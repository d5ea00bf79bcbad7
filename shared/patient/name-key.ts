/** Spellings no rule of sound explains; the right-hand side is what they are searched as. */
const sameName: Readonly<Record<string, string>> = {
  md: 'muhammad',
  mohd: 'muhammad',
  muhd: 'muhammad',
  mhd: 'muhammad',
  othman: 'usman',
  osman: 'usman',
  uthman: 'usman',
  yusuf: 'yousaf',
  joseph: 'yousaf',
  abd: 'abdul',
  abdur: 'abdul',
  abdus: 'abdul',
  abdel: 'abdul',
  bint: '',
  bin: '',
  ibn: '',
  begum: 'begum',
  bibi: 'bibi',
};

/** Arabic-script letters (Urdu included) by the Latin letter their sound is written with; short vowels are not written. */
const arabicLetters: Readonly<Record<string, string>> = {
  ا: 'a',
  آ: 'a',
  أ: 'a',
  إ: 'a',
  ع: 'a',
  ء: '',
  ب: 'b',
  پ: 'p',
  ت: 't',
  ٹ: 't',
  ث: 's',
  ج: 'j',
  چ: 'ch',
  ح: 'h',
  خ: 'kh',
  د: 'd',
  ڈ: 'd',
  ذ: 'z',
  ر: 'r',
  ڑ: 'r',
  ز: 'z',
  ژ: 'z',
  س: 's',
  ش: 'sh',
  ص: 's',
  ض: 'z',
  ط: 't',
  ظ: 'z',
  غ: 'gh',
  ف: 'f',
  ق: 'q',
  ک: 'k',
  ك: 'k',
  گ: 'g',
  ل: 'l',
  م: 'm',
  ن: 'n',
  ں: 'n',
  و: 'w',
  ہ: 'h',
  ه: 'h',
  ھ: 'h',
  ة: 'h',
  ی: 'y',
  ي: 'y',
  ى: 'a',
  ئ: 'y',
  ے: 'e',
};

/** Lower case, without marks and punctuation; Arabic script letter by letter. Parts stay separated by one space. */
export function plainName(name: string): string {
  let plain = '';
  for (const sign of name.normalize('NFKD').toLowerCase()) {
    if (/\p{M}/u.test(sign)) continue;
    const latin = arabicLetters[sign];
    if (latin !== undefined) plain += latin;
    else if (/[a-z0-9]/.test(sign)) plain += sign;
    else if (/['’`]/.test(sign)) continue;
    else plain += ' ';
  }
  return plain.trim().replace(/\s+/g, ' ');
}

/** The parts of a name as searched: usual spellings united, empty ones left out. */
export const namePartsOf = (name: string): string[] =>
  plainName(name)
    .split(' ')
    .map((part) => sameName[part] ?? part)
    .filter((part) => part !== '');

/**
 * How a name sounds, for names that came from another script and are spelt as each clerk hears them: Muhammad = Mohammed,
 * Hussain = Husein, Siddiq = Siddique, Ayesha = Aisha. Vowels count only at the beginning; sounds Urdu keeps apart and Latin
 * letters confuse are one. '' for a part without letters.
 */
export function soundKey(part: string): string {
  const sounds = part
    .replace(/ph/g, 'f')
    .replace(/ck|q|kh/g, 'k')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/ch/g, 'C')
    .replace(/c/g, 'k')
    .replace(/sh/g, 'S')
    .replace(/x/g, 'ks')
    .replace(/z|th(?=m)/g, 's')
    .replace(/gh/g, 'g')
    .replace(/[dtbjgp]h/g, (pair) => pair.charAt(0))
    .replace(/w/g, 'v')
    .replace(/^y(?=[aeiou])/, 'Y')
    .replace(/[aeiouy]+/g, 'a');
  const first = sounds.charAt(0);
  const rest = sounds.slice(1).replace(/[ah]/g, '');
  return (first + rest).replace(/(.)\1+/g, '$1');
}
