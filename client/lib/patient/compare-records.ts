import type { Patient } from '#shared/patient/patient.ts';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { m } from '$lib/paraglide/messages.js';
import { patientFacts } from './patient-facts.ts';

export interface ComparedFact {
  readonly name: string;
  readonly one: string;
  readonly other: string;
  readonly differs: boolean;
}

/** Two records side by side, fact by fact, with what differs marked; what neither has is left out. */
export function compareRecords(
  one: Patient,
  other: Patient,
  work: Pick<Workspace, 'times' | 'today' | 'departmentName'>,
): readonly ComparedFact[] {
  const [left, right] = [one, other].map(
    ({ content }) =>
      new Map([
        [m.patient_name(), content.name],
        ...patientFacts(content, work).map(({ name, value }) => [name, value] as const),
      ]),
  );
  if (left === undefined || right === undefined) return [];
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => {
    const [a, b] = [left.get(name) ?? '', right.get(name) ?? ''];
    return { name, one: a, other: b, differs: a !== b };
  });
}
