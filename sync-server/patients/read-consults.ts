import type { DocumentStore } from '#server/store/port.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';

export interface ReadConsult {
  readonly consult: Consult;
  readonly events: readonly HeldEvent[];
}

/** Reads consults by id, in the order asked; what cannot be read is left out. */
export async function readConsults(
  store: DocumentStore,
  ids: readonly string[],
): Promise<readonly ReadConsult[]> {
  const documents = await store.database('consults').getMany(ids);
  return documents.flatMap((document) => {
    if (document === null) return [];
    const events = eventsOf(document.body);
    const consult = projectConsult(events);
    return consult === null ? [] : [{ consult, events }];
  });
}
