/**
 * Signs a spreadsheet takes for the beginning of a formula, full-width twins included, and `#`, which begins a remark of ours.
 * Source: OWASP, CSV injection.
 */
const formulaStart = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const marked = /^[\s']*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20#]/;

/** Invisible signs that turn the direction of writing or join nothing: a name that has them is not what it looks like. */
const hiddenSigns = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

export const hasHiddenSigns = (text: string): boolean => hiddenSigns.test(text);

/** What a spreadsheet would run. A number in international form (`+92 300 1234567`) is none. */
export const isFormula = (cell: string): boolean =>
  formulaStart.test(cell) && !/^\+[0-9][0-9 ()/.-]*$/.test(cell.trim());

/** A row of remarks, such as the example of the template. */
export const isRemark = (row: readonly string[]): boolean => /^\s*#/.test(row[0] ?? '');

/** The cell as it is exported: an apostrophe before what a spreadsheet would run. */
export const neutralised = (text: string): string => (marked.test(text) ? `'${text}` : text);

/** Takes back `neutralised`, and nothing else: for every text, `restored(neutralised(text)) === text`. */
export const restored = (cell: string): string =>
  /^'/.test(cell) && marked.test(cell) ? cell.slice(1) : cell;
