export interface ComboOption {
  readonly value: string;
  readonly label: string;
  /** Said under the label, and searched too. */
  readonly hint?: string | undefined;
}

const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Options that hold every word typed, those whose label begins with it first; otherwise in their own order. */
export function optionsLike(options: readonly ComboOption[], typed: string, limit: number): ComboOption[] {
  const words = folded(typed)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return options.slice(0, limit);
  const begins: ComboOption[] = [];
  const others: ComboOption[] = [];
  for (const option of options) {
    const label = folded(option.label);
    const text = option.hint === undefined ? label : `${label} ${folded(option.hint)}`;
    if (!words.every((word) => text.includes(word))) continue;
    (label.startsWith(words[0] ?? '') ? begins : others).push(option);
  }
  return [...begins, ...others].slice(0, limit);
}
