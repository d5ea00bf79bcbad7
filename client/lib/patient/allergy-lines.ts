import type { Allergies } from './kinds.ts';

/** One allergy a line, as it is typed: "Penicillin (rash)"; '' when none are known. */
export const allergyLines = (allergies: Allergies): string =>
  allergies.kind === 'known'
    ? allergies.list
        .map(({ substance, reaction }) => (reaction === '' ? substance : `${substance} (${reaction})`))
        .join('\n')
    : '';

function readLine(line: string): { substance: string; reaction: string } {
  const match = /^(?<substance>[^(]+)\((?<reaction>.*)\)$/.exec(line);
  return {
    substance: (match?.groups?.['substance'] ?? line).trim(),
    reaction: (match?.groups?.['reaction'] ?? '').trim(),
  };
}

/** What was typed, to be judged by the schema: 'known' with an empty list is refused there. */
export function readAllergies(kind: Allergies['kind'], lines: string): unknown {
  if (kind !== 'known') return { kind };
  const list = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readLine);
  return { kind, list };
}
