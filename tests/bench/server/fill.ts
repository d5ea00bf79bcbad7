import type { Database } from '#server/store/port.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { CorpusDocument, CorpusSize, Known } from '../corpus.ts';
import { createCorpus } from '../corpus.ts';
import { buildHospital } from '../hospital.ts';
import type { Instant } from '#shared/lib/instant.ts';

const batchSize = 500;

async function writeAll(
  database: Database,
  documents: Iterable<CorpusDocument>,
  afterBatch: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  let batch: CorpusDocument[] = [];
  const flush = async (): Promise<void> => {
    const outcomes = await database.write(batch);
    if (outcomes.some(({ type }) => type !== 'written'))
      throw new Error('a document of the corpus was not written');
    batch = [];
    await afterBatch();
  };
  for (const document of documents) {
    batch.push(document);
    if (batch.length === batchSize) await flush();
  }
  if (batch.length > 0) await flush();
}

export interface Filled {
  readonly known: Known[];
  readonly meanBytes: number;
  readonly meanEvents: number;
  readonly alerts: number;
}

/** Fills an empty store with a hospital. */
export async function fillStore(store: DocumentStore, now: Instant, size: CorpusSize): Promise<Filled> {
  const hospital = buildHospital(now);
  const corpus = createCorpus(hospital, now, size);
  await writeAll(
    store.database('directory'),
    hospital.documents.map((body) => ({ id: body.id, body: { ...body } })),
  );
  await writeAll(store.database('patients'), corpus.patients());
  const known: Known[] = [];
  let alerts: CorpusDocument[] = [];
  let alertCount = 0;
  let events = 0;
  let bytes = 0;
  function* consults(): Generator<CorpusDocument> {
    for (const one of corpus.consults()) {
      known.push(one.known);
      events += one.known.events;
      if (known.length % 100 === 0) bytes += JSON.stringify(one.document.body).length;
      alerts.push(...one.alerts);
      yield one.document;
    }
  }
  await writeAll(store.database('consults'), consults(), async () => {
    // Beside the consults, so that never more than a batch of either is in memory.
    alertCount += alerts.length;
    const batch = alerts;
    alerts = [];
    await writeAll(store.database('alerts'), batch);
  });
  return {
    known,
    meanBytes: bytes / Math.floor(known.length / 100),
    meanEvents: events / known.length,
    alerts: alertCount,
  };
}
