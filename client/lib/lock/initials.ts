/** Words before a name that are nobody's initial. */
const titles = new Set(['dr', 'dr.', 'prof', 'prof.', 'mr', 'mr.', 'mrs', 'mrs.', 'ms', 'ms.', 'sr', 'sr.']);

const firstLetter = (word: string): string => {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
  return first?.segment.toLocaleUpperCase() ?? '';
};

/** "AS" for "Dr Ayesha Siddiq"; one letter for a single name, '' for none. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '' && !titles.has(word.toLowerCase()));
  const first = words[0];
  if (first === undefined) return '';
  const last = words.at(-1);
  return firstLetter(first) + (words.length > 1 && last !== undefined ? firstLetter(last) : '');
}
