/** First letters of the first and last word; titles such as "Dr" do not count while another word is there. `?` for a name without letters. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const own = words.filter((word) => !/^(dr|prof|professor|mr|mrs|ms|miss)\.?$/i.test(word));
  const counted = own.length > 0 ? own : words;
  const ends = counted.length > 1 ? [counted[0], counted.at(-1)] : counted;
  const letters = ends.map((word) => /^\p{L}/u.exec(word ?? '')?.[0] ?? '').join('');
  return letters === '' ? '?' : letters.toUpperCase().slice(0, 4);
}
