import type { Random } from './random.ts';

const range = /\{(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)\}/g;

/** Puts a number between the bounds into every `{8-14}` or `{2.1-3.4}`, with as many decimals as the bounds have. */
export function fillText(template: string, random: Random): string {
  return template.replace(range, (_all, from: string, to: string) => {
    const decimals = Math.max(...[from, to].map((bound) => bound.split('.')[1]?.length ?? 0));
    const scale = 10 ** decimals;
    const value = random.int(Math.round(Number(from) * scale), Math.round(Number(to) * scale)) / scale;
    return value.toFixed(decimals);
  });
}
