import type { ChangesPage, Database, DocumentStore, Seq, StoredDocument } from '#server/store/port.ts';
import type { AuditFilter, AuditRow } from '#shared/audit/protocol.ts';
import { eventDocumentSchema, systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';

/** So many consults and as many patients, those changed last, are looked through for what one person did. */
const mostLookedThrough = 2_000;
const chunk = 200;

const eventDatabases = ['consults', 'patients'] as const;

export interface EventRows {
  readonly rows: readonly AuditRow[];
  /** Not everything was looked through. */
  readonly isPartial: boolean;
}

function rowOf(kind: string, document: string, event: HeldEvent): AuditRow | null {
  // What has no stamp was not accepted and has not happened for the hospital.
  if (event.receivedAt === undefined) return null;
  const person = event.author === systemAuthor ? null : event.author;
  return {
    id: `event:${document}:${event.id}`,
    at: event.receivedAt,
    by: person === null ? [] : [{ person, device: event.device, address: null }],
    action: `${kind}.${event.type}`,
    subjects: [document],
    outcome: 'done',
    reason: null,
    fields: [],
    saidAt: event.occurredAt,
  };
}

function rowsOf(stored: StoredDocument | null): AuditRow[] {
  const parsed = eventDocumentSchema.safeParse(stored?.body);
  if (!parsed.success) return [];
  const { kind, id, events } = parsed.data;
  return events.flatMap((event) => rowOf(kind, id, event) ?? []);
}

/** Events of the documents changed last, back to those in which nothing happened since `from`. */
async function recentRows(database: Database, from: string): Promise<EventRows> {
  const page = await database.changes({ since: null, descending: true, limit: mostLookedThrough });
  const rows: AuditRow[] = [];
  for (let at = 0; at < page.changes.length; at += chunk) {
    const ids = page.changes.slice(at, at + chunk).map(({ id }) => id);
    const found = (await database.getMany(ids)).flatMap(rowsOf);
    const inTime = found.filter((row) => row.at >= from);
    if (inTime.length === 0) return { rows, isPartial: false };
    rows.push(...inTime);
  }
  return { rows, isPartial: page.changes.length === mostLookedThrough };
}

/** What one person did in every document, however many there are. */
async function allRowsOf(database: Database, person: string): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (let since: Seq | null = null; ;) {
    const page: ChangesPage = await database.changes({ since, limit: chunk, includeDocs: true });
    for (const { doc } of page.changes)
      rows.push(...rowsOf(doc ?? null).filter(({ by }) => by.some((one) => one.person === person)));
    since = page.lastSeq;
    if (page.caughtUp) return rows;
  }
}

/**
 * An event is its own audit entry: those of one consult or patient (`subject`), or of one person as far back as is looked, or with `reach` `all` in
 * every document. Read where they are, never copied. Not yet filtered. Nothing without either.
 */
export async function eventRows(
  store: DocumentStore,
  filter: AuditFilter,
  reach: 'recent' | 'all' = 'recent',
): Promise<EventRows> {
  const { person, subject, from = '' } = filter;
  if (subject !== undefined) {
    const held = await Promise.all(eventDatabases.map((name) => store.database(name).get(subject)));
    return { rows: held.flatMap(rowsOf), isPartial: false };
  }
  if (person === undefined) return { rows: [], isPartial: false };
  if (reach === 'all') {
    const found = await Promise.all(eventDatabases.map((name) => allRowsOf(store.database(name), person)));
    return { rows: found.flat(), isPartial: false };
  }
  const all = await Promise.all(eventDatabases.map((name) => recentRows(store.database(name), from)));
  return { rows: all.flatMap(({ rows }) => rows), isPartial: all.some(({ isPartial }) => isPartial) };
}
