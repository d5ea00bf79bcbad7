import type { Consult } from '#shared/consult/consult.ts';
import type { EventId, PatientId } from '#shared/lib/id.ts';
import type { Patient } from './patient.ts';

/** What of a patient decides where consults belong. */
export interface MergeState {
  readonly mergedInto: PatientId | null;
  /** The last merge or its undoing; null: there was none. */
  readonly lastMergeEvent: EventId | null;
}

export const mergeStateOf = ({ mergedInto, timeline }: Patient): MergeState => ({
  mergedInto,
  lastMergeEvent: timeline.findLast(({ type }) => type === 'merged-into' || type === 'unmerged')?.id ?? null,
});

/** The record that stands for this one: the end of its merges. Two that were merged into each other stand for themselves. */
export function recordOf(
  patient: PatientId,
  mergedInto: (patient: PatientId) => PatientId | null,
): PatientId {
  const passed = new Set<PatientId>([patient]);
  let at = patient;
  for (;;) {
    const next = mergedInto(at);
    if (next === null) return at;
    if (passed.has(next)) return patient;
    passed.add(next);
    at = next;
  }
}

/**
 * Where a consult belongs now, if not where it is: always found anew from the patient it was asked for, so that undoing a merge
 * brings every consult back, whatever was merged on top of it. null: it is in its place.
 */
export function relinkOf(
  consult: Consult,
  mergedInto: (patient: PatientId) => PatientId | null,
): PatientId | null {
  const record = recordOf(consult.content.patient, mergedInto);
  return record === consult.patient ? null : record;
}
