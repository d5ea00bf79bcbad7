/** "Dr Ayesha Siddiq" → "AS": first letters of the first and the last name, without a title; '' for no name. */
export function initialsOf(name: string): string {
  const parts = name
    .trim()
    .replace(/^(?:Dr|Prof|Mr|Mrs|Ms|Miss)\.?\s+/i, '')
    .split(/\s+/)
    .filter((part) => part !== '');
  const [first] = parts;
  const last = parts.length > 1 ? parts.at(-1) : undefined;
  return [first, last]
    .map((part) => (part === undefined ? '' : (Array.from(part)[0] ?? '')))
    .join('')
    .toUpperCase();
}
