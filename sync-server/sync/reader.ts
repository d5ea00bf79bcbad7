import type { DocumentStore } from '#server/store/port.ts';
import { maxPullBytes, type CollectionName } from '#shared/sync/protocol.ts';
import type { ScopeIndex } from './scope-index.ts';
import type { WireCache } from './wire-cache.ts';
import { goneText, wireText } from './wire-document.ts';

/** Something to be told to a tablet: a document, or that it left. */
export interface Told {
  readonly id: string;
  readonly gone: boolean;
}

export interface ReadPage {
  /** `WireDocument`s as JSON text, in the order asked. */
  readonly texts: string[];
  /** Ids whose content is in `texts`. */
  readonly contentOf: string[];
  /** How many of those asked for are dealt with; the rest did not fit into `maxPullBytes`. */
  readonly taken: number;
}

export interface Reader {
  /**
   * Reads documents in as few bulk reads as their size allows, and `atLeast` so many whatever their size.
   * A document the index knows and the store does not is told as gone.
   */
  read(collection: CollectionName, asked: readonly Told[], atLeast?: number): Promise<ReadPage>;
}

const firstChunk = 250;
const maxChunk = 1000;

export function createReader(deps: {
  store: DocumentStore;
  cache: WireCache;
  index: () => ScopeIndex;
}): Reader {
  const { store, cache, index } = deps;

  /** Texts of the chunk; null: gone. */
  async function textsOf(collection: CollectionName, chunk: readonly Told[]): Promise<(string | null)[]> {
    const texts = chunk.map(({ id, gone }) =>
      gone ? null : cache.get(collection, id, index().versionOf(collection, id)),
    );
    const missing = chunk.flatMap(({ gone }, at) => (gone || typeof texts[at] === 'string' ? [] : [at]));
    if (missing.length === 0) return texts;
    const documents = await store.database(collection).getMany(missing.map((at) => chunk[at]?.id ?? ''));
    for (const [next, at] of missing.entries()) {
      const document = documents[next] ?? null;
      texts[at] = document === null ? null : wireText(cache, collection, document);
    }
    return texts;
  }

  return {
    async read(collection, asked, atLeast = 1) {
      const texts: string[] = [];
      const contentOf: string[] = [];
      let bytes = 0;
      let at = 0;
      while (at < asked.length) {
        const fitting = at === 0 ? firstChunk : Math.ceil(((maxPullBytes - bytes) / bytes) * at);
        const chunk = asked.slice(at, at + Math.max(1, Math.min(fitting, maxChunk)));
        const read = await textsOf(collection, chunk);
        for (const [place, { id }] of chunk.entries()) {
          const text = read[place] ?? goneText(id);
          if (at >= atLeast && bytes + text.length > maxPullBytes) return { texts, contentOf, taken: at };
          bytes += text.length;
          texts.push(text);
          if (typeof read[place] === 'string') contentOf.push(id);
          at++;
        }
      }
      return { texts, contentOf, taken: at };
    },
  };
}
