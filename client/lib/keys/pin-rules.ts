import type { PinRefusal } from './keyrings.ts';

export const fewestDigits = 6;
export const mostDigits = 12;

/** Why this PIN is not taken; null: it is. Dates pass: refusing them tells a thief which ones not to try. */
export function pinRefusal(pin: string): PinRefusal | null {
  if (!/^[0-9]*$/.test(pin)) return 'not-digits';
  if (pin.length < fewestDigits) return 'too-short';
  if (pin.length > mostDigits) return 'too-long';
  const digits = Array.from(pin, Number);
  const steps = digits.slice(1).map((digit, at) => digit - (digits[at] ?? 0));
  if (steps.every((step) => step === 0)) return 'all-equal';
  // 123456, 987654, also over the end: 890123.
  const isRun = (by: number): boolean => steps.every((step) => (step - by) % 10 === 0);
  return isRun(1) || isRun(-1) ? 'run' : null;
}
