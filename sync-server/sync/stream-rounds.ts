import type { Logger } from 'pino';
import type { Audit } from '#server/audit/audit.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import { chunkOf, type StreamClient, type WaitingChange } from './stream-client.ts';
import { goneText } from './wire-document.ts';

/** Documents of one message; beyond it the tablet is only told to pull. */
const maxMessageBytes = 1024 * 1024;

export interface Rounds {
  /** Sends what waits for this tablet, once it reads. */
  wake(client: StreamClient): void;
}

interface Recipient {
  readonly client: StreamClient;
  /** The scope for which the change was noted. */
  readonly scopeEpoch: string;
  readonly from: string | null;
  readonly to: string;
}

/** The same documents for many tablets. */
interface Bundle {
  readonly collection: CollectionName;
  readonly items: WaitingChange['items'];
  readonly recipients: Recipient[];
}

interface Content {
  /** A JSON array. */
  readonly text: string;
  /** Ids of documents that are in it with their content. */
  readonly contentOf: readonly string[];
}

/**
 * Sends changes to tablets, a round at a time: tablets that wait for the same documents get the same bytes, made once, and their reading is one entry of the
 * audit, stored before anything leaves. What happens during a round goes with the next.
 */
export function createRounds(deps: { audit: Audit; clock: Clock; logger: Logger }): Rounds {
  const { audit, clock, logger } = deps;
  const awake = new Set<StreamClient>();
  let isRunning = false;

  function bundlesFor(clients: Iterable<StreamClient>): Bundle[] {
    const bundles = new Map<string, Bundle>();
    for (const client of clients) {
      // One that does not read now is woken when it does.
      if (!client.isReadable) continue;
      for (const [collection, { from, to, items }] of client.takeWaiting()) {
        const name = nameOf(collection, items);
        let bundle = bundles.get(name);
        if (bundle === undefined) {
          bundle = { collection, items, recipients: [] };
          bundles.set(name, bundle);
        }
        bundle.recipients.push({ client, scopeEpoch: client.scope.epoch, from, to });
      }
    }
    return [...bundles.values()];
  }

  /** null: too large to carry. */
  async function contentOf(items: NonNullable<WaitingChange['items']>): Promise<Content | null> {
    const texts: string[] = [];
    const contentOf: string[] = [];
    let characters = 0;
    for (const [id, { notice, gone }] of items) {
      const text = gone ? null : await notice.news.text();
      if (text !== null) contentOf.push(id);
      texts.push(text ?? goneText(id));
      characters += text?.length ?? 0;
      if (characters > maxMessageBytes) return null;
    }
    return { text: `[${texts.join(',')}]`, contentOf };
  }

  /** The documents as JSON, once it is on record who gets them; null: the tablets are only told to pull. */
  async function documentsFor({ collection, items, recipients }: Bundle): Promise<string | null> {
    if (items === null) return null;
    try {
      const content = await contentOf(items);
      if (content === null) return null;
      const readers = recipients.filter(isStillFor);
      if (content.contentOf.length > 0 && collection !== 'directory' && readers.length > 0) {
        const at = clock.now();
        const actors = readers.map(({ client }) => ({ ...client.actor, at }));
        await audit.recordRead(actors, {
          action: `sync.stream.${collection}`,
          subjects: content.contentOf,
        });
      }
      return content.text;
    } catch (cause) {
      logger.error(
        { err: cause },
        'a change could not be read or its reading not recorded; only its place is told',
      );
      return null;
    }
  }

  /** A tablet that has gone, or whose scope is another one since, is sent nothing. */
  const isStillFor = ({ client, scopeEpoch }: Recipient): boolean =>
    client.isOpen && client.scope.epoch === scopeEpoch;

  async function deliver(bundle: Bundle): Promise<void> {
    const recorded = bundle.recipients.filter(isStillFor);
    const documents = await documentsFor({ ...bundle, recipients: recorded });
    const asOf = clock.now();
    const chunks = new Map<string, Uint8Array>();
    for (const recipient of recorded) {
      if (!isStillFor(recipient)) continue;
      const { client, from, to } = recipient;
      const way = `${from ?? ''} ${to}`;
      let chunk = chunks.get(way);
      if (chunk === undefined) {
        const head = JSON.stringify({ type: 'change', collection: bundle.collection, from, to, asOf });
        chunk = chunkOf(`${head.slice(0, -1)},"documents":${documents ?? 'null'}}`);
        chunks.set(way, chunk);
      }
      client.send(chunk);
    }
  }

  async function run(): Promise<void> {
    while (awake.size > 0) {
      const bundles = bundlesFor(awake);
      awake.clear();
      await Promise.all(bundles.map(deliver));
    }
    isRunning = false;
  }

  return {
    wake(client) {
      awake.add(client);
      if (isRunning) return;
      isRunning = true;
      // Whoever is woken in the same turn of the event loop goes along.
      queueMicrotask(() => {
        run().catch((cause: unknown) => {
          isRunning = false;
          logger.error({ err: cause }, 'a round of changes failed');
        });
      });
    },
  };
}

/** The same for tablets that wait for the same. */
function nameOf(collection: CollectionName, items: WaitingChange['items']): string {
  if (items === null) return collection;
  let name: string = collection;
  for (const { notice, gone } of items.values()) name += gone ? ` -${notice.number}` : ` ${notice.number}`;
  return name;
}
