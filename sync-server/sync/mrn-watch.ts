import type { Logger } from 'pino';
import type { DocumentStore } from '#server/store/port.ts';
import type { EventId, PatientId } from '#shared/lib/id.ts';
import type { Acceptor } from './accept.ts';
import type { Feed } from './feed.ts';
import { eventsOf } from './wire-document.ts';

export interface MrnWatch {
  /** Resolves when no mark is being made. */
  idle(): Promise<void>;
}

/**
 * Two records with one MRN are marked on both sides. The second registration is marked as it is accepted; this marks the first, and both
 * where two gateways accepted at the same moment. The mark's id is made of both records, so it is made once.
 */
export function watchMrns(deps: {
  feed: Feed;
  store: DocumentStore;
  logger: Logger;
  append: Acceptor['appendSystemEvents'];
}): MrnWatch {
  const { feed, store, logger, append } = deps;
  const marking = new Set<Promise<void>>();

  async function mark(id: string, others: readonly string[]): Promise<void> {
    const held = await store.database('patients').get(id);
    const first = eventsOf(held?.body ?? {})[0];
    if (first === undefined) return;
    await append({ kind: 'patient', id }, (patient) =>
      others
        .filter((other) => !patient.sharesMrnWith.includes(other as PatientId))
        .map((other) => ({
          id: `${first.id}:mrn-shared:${other}` as EventId,
          type: 'mrn-shared',
          body: { with: other },
        })),
    );
  }

  feed.onNews((items) => {
    for (const { collection, id } of items) {
      if (collection !== 'patients') continue;
      const mrn = feed.index.patients.get(id)?.mrn ?? null;
      const sharing = mrn === null ? [] : feed.index.patients.withMrn(mrn);
      if (sharing.length < 2) continue;
      for (const one of sharing) {
        const others = sharing.filter((other) => other !== one);
        const made = mark(one, others)
          .catch((cause: unknown) => {
            logger.error({ err: cause, document: one }, 'a shared MRN could not be marked');
          })
          .finally(() => marking.delete(made));
        marking.add(made);
      }
    }
  });

  return {
    async idle() {
      while (marking.size > 0) await Promise.all(marking);
    },
  };
}
