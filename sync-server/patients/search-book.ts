import type { Logger } from 'pino';
import type { DocumentStore } from '#server/store/port.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { PatientSearchIndex, type SearchHit } from '#shared/patient/search-index.ts';

export interface SearchBook {
  take(patient: Patient): void;
  search(query: string, limit: number): SearchHit[];
  /** Every record was read. */
  readonly isWhole: boolean;
  /** Reads all that is stored, a little at a time beside the gateway's other work; what came meanwhile is newer and stays. */
  fill(ids: Iterable<string>): Promise<void>;
  /** Ends the reading. */
  stop(): void;
  /** Resolves when what is being read is read. */
  idle(): Promise<void>;
}

const readAtOnce = 100;

export function createSearchBook(deps: {
  store: DocumentStore;
  logger: Logger;
  /** Lets tablets go first between two reads. */
  pause: () => Promise<void>;
  /** Every record read by `fill`, too. */
  onRead: (patient: Patient) => void;
  onWhole: () => void;
}): SearchBook {
  const { store, logger } = deps;
  const index = new PatientSearchIndex();
  let fresh = new Set<string>();
  let isWhole = false;
  let turn = 0;
  let filling: Promise<void> = Promise.resolve();

  function put({ id, content, state }: Patient): void {
    const rank = state === 'present' ? 0 : state === 'merged' ? 2 : 1;
    const { name, mrn, ward, bed } = content;
    index.put({ id, name, mrn, ward, bed, rank });
  }

  async function read(ids: readonly string[]): Promise<void> {
    for (const document of await store.database('patients').getMany(ids)) {
      if (document === null || fresh.has(document.id)) continue;
      const patient = projectPatient(eventsOf(document.body));
      if (patient === null) continue;
      put(patient);
      deps.onRead(patient);
    }
  }

  return {
    get isWhole() {
      return isWhole;
    },
    take(patient) {
      if (!isWhole) fresh.add(patient.id);
      put(patient);
    },
    search: (query, limit) => index.search(query, limit),
    fill(ids) {
      const mine = ++turn;
      isWhole = false;
      fresh = new Set();
      const all = [...ids];
      filling = (async () => {
        for (let from = 0; from < all.length && mine === turn;) {
          try {
            await read(all.slice(from, from + readAtOnce));
            from += readAtOnce;
          } catch (cause) {
            logger.error({ err: cause }, 'patients could not be read for searching; it is tried again');
          }
          await deps.pause();
        }
        if (mine !== turn) return;
        isWhole = true;
        fresh = new Set();
        deps.onWhole();
      })();
      return filling;
    },
    stop() {
      turn++;
    },
    idle: () => filling,
  };
}
