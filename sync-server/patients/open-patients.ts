import { setTimeout as wait } from 'node:timers/promises';
import type { Feature } from '#server/http/context.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import type { Sync } from '#server/sync/sync.ts';
import { createOnlineSearch } from './online-search.ts';
import { createOpenedPatients } from './opened-patients.ts';
import { createPatientRoutes } from './patient-routes.ts';
import { createRecordReader } from './record-reader.ts';
import { createRelinks } from './relinks.ts';
import { createSearchBook } from './search-book.ts';

export interface Patients {
  readonly features: readonly Feature[];
  /** Reads what is stored; call it once sync has started. */
  start(): void;
  /** Resolves when everything is read that was stored at the start, and every consult has followed its patient. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const pauseMs = 5;

/** Search over all patients, reading one outside one's departments, and consults that follow a merge. */
export function openPatients(
  parts: Pick<ServerParts, 'store' | 'logger' | 'audit' | 'clock' | 'directory'>,
  sync: Pick<Sync, 'index' | 'onPatient' | 'onConsult' | 'appendSystemEvents'>,
  options: { readonly pause?: () => Promise<void> } = {},
): Patients {
  const { store, logger, audit, clock, directory } = parts;
  const index = () => sync.index();
  const relinks = createRelinks({ logger, index, append: sync.appendSystemEvents });
  const book = createSearchBook({
    store,
    logger,
    pause: options.pause ?? (() => wait(pauseMs)),
    onRead: (patient) => relinks.take(patient),
    onWhole: () => relinks.ready(),
  });
  const records = createRecordReader({ store, index });
  const routes = createPatientRoutes({
    audit,
    clock,
    directory,
    records,
    opened: createOpenedPatients(store.database('claims')),
    search: createOnlineSearch({ store, book, records }),
  });
  const stops = [
    sync.onPatient((patient) => {
      book.take(patient);
      relinks.take(patient);
    }),
    sync.onConsult((consult) => relinks.considerConsult(consult)),
  ];
  return {
    features: [{ path: '/api/patients', access: 'session', routes }],
    start: () => void book.fill(Array.from(index().patients.all(), ([id]) => id)),
    async idle() {
      await book.idle();
      await relinks.idle();
    },
    async close() {
      for (const stop of stops) stop();
      book.stop();
      await book.idle();
      await relinks.idle();
    },
  };
}
