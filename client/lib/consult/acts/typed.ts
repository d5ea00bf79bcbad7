import { judgeNumber } from '$lib/ui/field/number.ts';

type Values = Readonly<Record<string, string>>;

/** What was typed into a field of words. */
export const text = (values: Values, name: string): string => (values[name] ?? '').trim();

/** null: not a whole number between 0 and `max`. */
export const number = (values: Values, name: string, max: number): number | null => {
  const judged = judgeNumber(values[name] ?? '', { min: 0, max, decimals: 0 });
  return judged.kind === 'good' ? judged.value : null;
};
