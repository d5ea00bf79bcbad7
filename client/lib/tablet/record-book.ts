import type { DocumentKind, HeldEvent } from '#shared/event/envelope.ts';
import type { WireDocument } from '#shared/sync/protocol.ts';
import { isThin, wholeVersion } from '$lib/storage/thin.ts';
import { eventsOf } from '$lib/sync/document-events.ts';
import { isOfferNote, offerPrefix } from '$lib/sync/rescue.ts';
import type { HeldDocument, OutboxChange, OutboxEntry, TabletStore } from '$lib/sync/tablet-store.ts';

const none: readonly HeldEvent[] = [];

/** What this tablet adds to the pulled documents: unsent events, and sealed ones the server lost and gets back. */
export interface LocalEvents {
  /** The same array as long as nothing changed for this document. */
  of(document: string): readonly HeldEvent[];
  entries(): readonly OutboxEntry[];
  entry(event: string): OutboxEntry | null;
  documents(kind: DocumentKind): readonly string[];
  outboxChanged(change: OutboxChange): readonly string[];
  noteChanged(key: string, value: unknown): string | null;
}

export function createLocalEvents(): LocalEvents {
  const outbox = new Map<string, OutboxEntry>();
  const offers = new Map<string, { readonly kind: DocumentKind; readonly events: readonly HeldEvent[] }>();
  const byDocument = new Map<string, readonly HeldEvent[]>();

  function renew(document: string): void {
    const unsent = [...outbox.values()]
      .filter((entry) => entry.document === document)
      .map((entry) => entry.event);
    const events = [...(offers.get(document)?.events ?? none), ...unsent];
    if (events.length === 0) byDocument.delete(document);
    else byDocument.set(document, events);
  }

  return {
    of: (document) => byDocument.get(document) ?? none,
    entries: () => [...outbox.values()],
    entry: (event) => outbox.get(event) ?? null,
    documents: (kind) => [
      ...new Set([
        ...[...outbox.values()].filter((entry) => entry.kind === kind).map((entry) => entry.document),
        ...[...offers].filter(([, offer]) => offer.kind === kind).map(([document]) => document),
      ]),
    ],
    outboxChanged({ saved, removed }) {
      const touched = new Set<string>();
      for (const entry of saved) {
        // Only a new event changes what is drawn; an acceptance changes its delivery alone.
        if (!outbox.has(entry.id)) touched.add(entry.document);
        outbox.set(entry.id, entry);
      }
      for (const id of removed) {
        const entry = outbox.get(id);
        if (entry === undefined) continue;
        outbox.delete(id);
        touched.add(entry.document);
      }
      for (const document of touched) renew(document);
      return [...touched];
    },
    noteChanged(key, value) {
      if (!key.startsWith(offerPrefix)) return null;
      const document = key.slice(key.lastIndexOf(':') + 1);
      if (isOfferNote(value)) {
        offers.set(document, {
          kind: value.collection === 'consults' ? 'consult' : 'patient',
          events: value.events,
        });
      } else offers.delete(document);
      renew(document);
      return document;
    },
  };
}

/** Documents of one kind in memory and what they project to; each is projected anew only when it changed. */
export interface RecordBook<T> {
  project(id: string): T | null;
  events(id: string): readonly HeldEvent[];
  /** In memory, or known from this tablet's own events alone. */
  ids(): readonly string[];
  put(document: HeldDocument): void;
  drop(id: string): void;
  has(id: string): boolean;
  /** Makes sure these are in memory, where this tablet holds them. */
  load(ids: readonly string[]): Promise<void>;
  changed(changes: readonly WireDocument[], keep: (id: string) => boolean): void;
}

export function createRecordBook<T>(
  store: TabletStore,
  kind: DocumentKind,
  local: LocalEvents,
  projection: (events: readonly HeldEvent[]) => T | null,
): RecordBook<T> {
  const collection = kind === 'consult' ? 'consults' : 'patients';
  const pulled = new Map<string, HeldDocument>();
  const known = new Map<
    string,
    {
      readonly document: HeldDocument | undefined;
      readonly own: readonly HeldEvent[];
      readonly value: T | null;
    }
  >();

  const eventsIn = (id: string): readonly HeldEvent[] => {
    const document = pulled.get(id);
    const own = local.of(id);
    return document === undefined ? own : [...eventsOf(document.content), ...own];
  };

  const book: RecordBook<T> = {
    events: eventsIn,
    project(id) {
      const document = pulled.get(id);
      const own = local.of(id);
      const before = known.get(id);
      if (before !== undefined && before.document === document && before.own === own) return before.value;
      const value = document === undefined && own.length === 0 ? null : projection(eventsIn(id));
      if (document === undefined && own.length === 0) known.delete(id);
      else known.set(id, { document, own, value });
      return value;
    },
    ids: () => [...new Set([...pulled.keys(), ...local.documents(kind)])],
    put: (document) => void pulled.set(document.id, document),
    drop: (id) => void pulled.delete(id),
    has: (id) => pulled.has(id),
    async load(ids) {
      const missing = ids.filter((id) => !pulled.has(id));
      if (missing.length === 0) return;
      // What a watcher brought meanwhile is newer than this read.
      for (const document of (await store.read(collection, missing)).values()) {
        if (!pulled.has(document.id) && !isThin(document)) pulled.set(document.id, document);
      }
    },
    changed(changes, keep) {
      for (const change of changes) {
        if ('gone' in change) pulled.delete(change.id);
        else if (isThin(change)) {
          // The whole one in memory says the same, as long as it is of that version.
          if (pulled.get(change.id)?.version !== wholeVersion(change.version)) pulled.delete(change.id);
        } else if (pulled.has(change.id) || keep(change.id)) pulled.set(change.id, change);
      }
    },
  };
  return book;
}
