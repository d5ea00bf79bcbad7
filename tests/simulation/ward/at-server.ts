import type { DocumentStore } from '#server/store/port.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { eventsIn } from '../expectation.ts';
import { readAll } from '../hospital.ts';

/** All the server has of what people wrote. */
export interface AtServer {
  /** In the documents, by event. */
  readonly events: ReadonlyMap<string, HeldEvent>;
  /** Set aside there, quarantined or refused with their words, by event. */
  readonly aside: ReadonlyMap<
    string,
    { readonly kind: string; readonly bytes: string; readonly code: string }
  >;
  readonly documents: ReadonlySet<string>;
  readonly problems: readonly string[];
}

export async function readServer(store: DocumentStore): Promise<AtServer> {
  const events = new Map<string, HeldEvent>();
  const aside = new Map<string, { kind: string; bytes: string; code: string }>();
  const documents = new Set<string>();
  const problems: string[] = [];
  for (const name of ['consults', 'patients'] as const)
    for (const { id, body } of await readAll(store.database(name))) {
      documents.add(id);
      for (const event of eventsIn(body)) {
        if (events.has(event.id)) problems.push(`${event.type} ${event.id} is there twice`);
        events.set(event.id, event);
      }
    }
  for (const { body } of await readAll(store.database('quarantine'))) {
    const event = body['event'] as HeldEvent | undefined;
    if (event === undefined) continue;
    aside.set(event.id, {
      kind: String(body['kind']),
      bytes: canonicalEvent(event),
      code: String(body['code']),
    });
  }
  return { events, aside, documents, problems };
}

/** Ids of all events in the record. */
export const eventsAtServer = async (store: DocumentStore): Promise<ReadonlySet<string>> =>
  new Set((await readServer(store)).events.keys());
