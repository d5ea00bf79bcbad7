export type JudgedNumber =
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-a-number' }
  | { readonly kind: 'outside'; readonly value: number }
  | { readonly kind: 'good'; readonly value: number };

/** Arabic-Indic and extended (Urdu) digits, as a tablet's keyboard may write them. */
const otherDigits = ['٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹'];

function westernDigits(text: string): string {
  return Array.from(text)
    .map((character) => {
      for (const digits of otherDigits) {
        const value = digits.indexOf(character);
        if (value >= 0) return String(value);
      }
      return character === '٫' || character === ',' ? '.' : character;
    })
    .join('');
}

/** Reads what was typed into a number field. Bounds are inclusive; `decimals` 0 wants whole numbers. */
export function judgeNumber(
  text: string,
  { min, max, decimals }: { readonly min: number; readonly max: number; readonly decimals: number },
): JudgedNumber {
  const typed = westernDigits(text).trim();
  if (typed === '') return { kind: 'empty' };
  const pattern = decimals === 0 ? /^-?\d{1,6}$/ : /^-?\d{1,6}(\.\d{1,3})?$/;
  if (!pattern.test(typed)) return { kind: 'not-a-number' };
  const value = Number(typed);
  return value < min || value > max ? { kind: 'outside', value } : { kind: 'good', value };
}
