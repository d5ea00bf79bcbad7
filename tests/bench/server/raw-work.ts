import type { Database, DocumentStore, Write } from '#server/store/port.ts';
import { seqFromText } from '#server/store/port.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';

/** What the product is held against: the same documents through the same store, with nothing around it. */

const eventsOf = (body: Record<string, unknown>): StampedEvent[] => body['events'] as StampedEvent[];

export async function readInBulk(
  database: Database,
  ids: readonly string[],
  pageSize: number,
): Promise<number> {
  const begun = performance.now();
  for (let from = 0; from < ids.length; from += pageSize) {
    const found = await database.getMany(ids.slice(from, from + pageSize));
    if (found.includes(null)) throw new Error('a document is not there');
  }
  return performance.now() - begun;
}

export interface Filter {
  /** A department id. */
  readonly department: string;
  readonly endedSince: string;
}

/**
 * Every change from the beginning, with documents, less those a filter leaves out: what a gateway without an index does.
 * The filter looks at two fields and the last closing, as cheap as such a filter can be.
 */
export async function filterChanges(
  database: Database,
  { department, endedSince }: Filter,
): Promise<{ ms: number; found: string[] }> {
  const begun = performance.now();
  const found: string[] = [];
  let since = null;
  for (;;) {
    const page = await database.changes({ since, limit: 1000, includeDocs: true });
    for (const { id, doc, deleted } of page.changes) {
      if (deleted || doc === undefined) continue;
      const events = eventsOf(doc.body);
      const content = events[0]?.body['content'] as {
        requestingDepartment: string;
        receivingDepartment: string;
      };
      if (content.requestingDepartment !== department && content.receivingDepartment !== department) continue;
      const closed = events.findLast(({ type }) => type === 'closed');
      if (closed !== undefined && closed.receivedAt < endedSince) continue;
      found.push(id);
    }
    if (page.caughtUp) return { ms: performance.now() - begun, found };
    since = seqFromText(page.lastSeq);
  }
}

/** The event of a tablet as it stands in the document afterwards; the seal is of the right length only. */
const withOneMore = (events: readonly StampedEvent[], pattern: StampedEvent): StampedEvent[] => [
  ...events,
  { ...pattern, id: crypto.randomUUID() as EventId, document: events[0]!.document, n: events.length + 1 },
];

export interface RawBatch {
  /** Documents to be read, given one event more, and written. */
  readonly change: readonly string[];
  /** So many new ones, copies of `createLike`; their absence is read first, as it must be. */
  readonly create: number;
}

/** One bulk read and one bulk write for each batch, `lanes` batches at a time. Resolves with the milliseconds it took. */
export async function readAndWriteInBulk(
  store: DocumentStore,
  batches: readonly RawBatch[],
  {
    lanes,
    pattern,
    createLike,
  }: { lanes: number; pattern: StampedEvent; createLike: Record<string, unknown> | null },
): Promise<number> {
  const database = store.database('consults');
  let next = 0;
  async function lane(): Promise<void> {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      const fresh = Array.from({ length: batch.create }, () => crypto.randomUUID());
      const held = await database.getMany([...batch.change, ...fresh]);
      const writes = held.map((document, at): Write => {
        const id = [...batch.change, ...fresh][at]!;
        if (document === null) return { id, body: { ...createLike, id } };
        return {
          id,
          rev: document.rev,
          body: { ...document.body, events: withOneMore(eventsOf(document.body), pattern) },
        };
      });
      const outcomes = await database.write(writes);
      if (outcomes.some(({ type }) => type !== 'written')) throw new Error('a raw write was not taken');
    }
  }
  const begun = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return performance.now() - begun;
}

/** Adds a note to each of these, as another gateway would have while this one was away. */
export async function addNotes(
  store: DocumentStore,
  ids: readonly string[],
  pattern: StampedEvent,
): Promise<void> {
  const batches: RawBatch[] = [];
  for (let from = 0; from < ids.length; from += 100)
    batches.push({ change: ids.slice(from, from + 100), create: 0 });
  await readAndWriteInBulk(store, batches, { lanes: 1, pattern, createLike: null });
}
