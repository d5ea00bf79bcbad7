import { z } from 'zod';

/** C0 and C1 controls but tab and newline; they have no place in what a person writes. */
// eslint-disable-next-line no-control-regex -- this pattern exists to find control characters
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** True for text that is valid Unicode: no surrogate stands alone. Such text survives UTF-8 unchanged. */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit > 0xdbff) return false;
    const low = text.charCodeAt(i + 1);
    if (!(low >= 0xdc00 && low <= 0xdfff)) return false;
    i++;
  }
  return true;
}

/** Text over several lines, kept exactly as written; `max` counts UTF-16 units. */
export const longText = (max: number) =>
  z
    .string()
    .max(max)
    .refine(isWellFormed, 'not valid Unicode')
    .refine((text) => !controlCharacters.test(text), 'has control characters');

/** Text over several lines with at least one visible character. */
export const requiredText = (max: number) => longText(max).refine((text) => text.trim() !== '', 'is empty');

/** One line, such as a name; newline and tab are refused. */
export const lineText = (max: number) =>
  requiredText(max).refine((text) => !/[\n\t]/.test(text), 'has more than one line');
