import type { DepartmentId, PatientId } from '#shared/lib/id.ts';
import type { Consult } from './consult.ts';
import { isOpen } from './vocabulary.ts';

/**
 * Open consults that ask the same department about the same patient: joining one is offered instead of a second request (CON-19).
 * In the order given. Knows only what the tablet holds, so that it works offline.
 */
export function duplicatesOf(
  asked: { readonly patient: PatientId; readonly receivingDepartment: DepartmentId },
  consults: Iterable<Consult>,
): Consult[] {
  const found: Consult[] = [];
  for (const consult of consults) {
    if (
      isOpen(consult.status) &&
      consult.patient === asked.patient &&
      consult.receivingDepartment === asked.receivingDepartment
    ) {
      found.push(consult);
    }
  }
  return found;
}
