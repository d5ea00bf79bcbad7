import type { Consult } from '#shared/consult/consult.ts';
import { takenFromByAcknowledging } from '#shared/consult/permissions.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { m } from '$lib/paraglide/messages.js';

/** "I’m coming", and from whom it takes the consult when a rule gave it to a colleague who has not answered. */
export function comeWord(
  consult: Consult,
  me: Person | null,
  directory: Directory,
  at: Instant,
  nameOf: (person: string) => string,
): string {
  const from = me === null ? null : takenFromByAcknowledging(consult, me, directory, at);
  return from === null ? m.consult_come() : m.consult_come_takes({ name: nameOf(from) });
}
