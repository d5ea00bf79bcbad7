import type { DepartmentId, PatientId } from '#shared/lib/id.ts';
import { ageParts } from './age-parts.ts';
import { namePartsOf, soundKey } from './name-key.ts';
import type { Patient } from './patient.ts';
import { closeness, squeeze } from './search-score.ts';

/** What a search shows of a patient outside one's departments: enough to tell the right record, too little to learn from. */
export interface Recognised {
  readonly id: PatientId;
  /** Parts that were typed stand whole, the others by their first letter: "Bashir A." */
  readonly name: string;
  /** The last four signs; the whole where it was typed whole; null: none. */
  readonly mrn: string | null;
  readonly age: { readonly value: number; readonly unit: 'years' | 'months' | 'days' } | null;
  readonly sex: Patient['content']['sex'];
  /** Without the bed. */
  readonly ward: string;
  readonly department: DepartmentId;
  readonly state: Patient['state'];
}

/** The sound alone, a slip of the finger and a beginning count as typed; being anywhere near does not. */
const typedCloseness = 60;
const mrnTailLength = 4;
/** Too short a query would list the hospital, and too short a word a name. */
export const minSignsOutside = 3;

function wasTyped(part: string, typed: readonly string[]): boolean {
  const keys = namePartsOf(part);
  return keys.some((key) =>
    typed.some((word) => closeness(key, soundKey(key), word, soundKey(word)) >= typedCloseness),
  );
}

function nameAsTyped(name: string, query: string): string {
  const typed = namePartsOf(query).filter((word) => word.length >= minSignsOutside);
  return name
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => (wasTyped(part, typed) ? part : `${String.fromCodePoint(part.codePointAt(0) ?? 0x2e)}.`))
    .join(' ');
}

function mrnAsTyped(mrn: string | null, query: string): string | null {
  if (mrn === null) return null;
  const words = [query, ...query.split(/\s+/)].map(squeeze);
  return words.includes(squeeze(mrn)) ? mrn : `…${mrn.slice(-mrnTailLength)}`;
}

/** `today`: YYYY-MM-DD in the hospital's time zone. */
export function recognise({ id, content, state }: Patient, query: string, today: string): Recognised {
  const age = ageParts(content.born, today);
  return {
    id,
    name: nameAsTyped(content.name, query),
    mrn: mrnAsTyped(content.mrn, query),
    age: age === null ? null : { value: age.value, unit: age.unit },
    sex: content.sex,
    ward: content.ward,
    department: content.department,
    state,
  };
}

export const findsOutside = (query: string): boolean => squeeze(query).length >= minSignsOutside;
