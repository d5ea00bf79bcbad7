import type { CollectionName, Seq as WireSeq } from '#shared/sync/protocol.ts';

/**
 * A place in what feeds a collection. Who may have a patient or an alert also changes with the consults, so their place has two parts:
 * that of their own database and that of `consults`. Each part is the store's own string, untouched.
 */
export interface Place {
  readonly own: string;
  /** null where the collection does not depend on consults. */
  readonly consults: string | null;
}

const dependsOnConsults = (collection: CollectionName): boolean =>
  collection === 'patients' || collection === 'alerts';

export const placeText = (place: Place): WireSeq =>
  (place.consults === null ? place.own : JSON.stringify([place.own, place.consults])) as WireSeq;

/** null: text that no gateway of ours gave out. */
export function placeFromText(collection: CollectionName, text: string): Place | null {
  if (!dependsOnConsults(collection)) return { own: text, consults: null };
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!Array.isArray(parts) || parts.length !== 2) return null;
  const [own, consults] = parts as unknown[];
  return typeof own === 'string' && own !== '' && typeof consults === 'string' && consults !== ''
    ? { own, consults }
    : null;
}
