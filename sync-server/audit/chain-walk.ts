import type { Database, StoredDocument } from '#server/store/port.ts';
import { addMs, instantSchema } from '#shared/lib/instant.ts';
import type { Chain } from './chain-list.ts';
import { auditEntryId, auditLinkSchema, movedEntryId } from './entry.ts';

/** Entries of one chain stand in the order they were taken in; their instants differ from it by a request's length at most. */
export const slackMs = 10_000;
const chunk = 200;

/** An entry and when it came into its chain: what came out of a document may be older. */
export interface Walked {
  readonly key: string;
  readonly document: StoredDocument;
}

export interface Walk {
  /** Reads some more, newest first over all chains. False when there is no more. */
  step(): Promise<boolean>;
  readonly found: readonly Walked[];
  /** Everything that came in later than this has been read; null: everything has. */
  reached(): string | null;
  /** Documents read so far. */
  looked(): number;
}

const later = (at: string, ms: number): string => {
  const parsed = instantSchema.safeParse(at);
  return parsed.success ? addMs(parsed.data, ms) : at;
};

/** The highest place in the chain that may have come in at or before the bound. */
async function placeBefore(database: Database, chain: Chain, bound: string): Promise<number> {
  if (chain.endedAt <= bound) return chain.count - 1;
  let [low, high] = [-1, chain.count - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const at = (await database.get(auditEntryId(chain.process, middle)))?.body['at'];
    if (typeof at === 'string' && at > bound) high = middle;
    else low = middle;
  }
  return low;
}

/**
 * Goes back through all chains at once, from `bound` (null: from their ends) to `from` (null: to their beginnings). No index: where the chains stand is
 * known by their ids.
 */
export async function walkChains(
  database: Database,
  chains: readonly Chain[],
  { bound, from }: { readonly bound: string | null; readonly from: string | null },
): Promise<Walk> {
  const upTo = bound === null ? null : later(bound, slackMs);
  const open = await Promise.all(
    chains.map(async (chain) => ({
      process: chain.process,
      next: upTo === null ? chain.count - 1 : await placeBefore(database, chain, upTo),
      /** What is unread came in no later. */
      at: upTo !== null && upTo < chain.endedAt ? upTo : chain.endedAt,
    })),
  );
  const found: Walked[] = [];
  let looked = 0;

  const isOpen = ({ next, at }: (typeof open)[number]): boolean =>
    next >= 0 && (from === null || later(at, slackMs) >= from);
  const newest = (): (typeof open)[number] | undefined =>
    open
      .filter(isOpen)
      .reduce<(typeof open)[number] | undefined>(
        (best, one) => (best === undefined || one.at > best.at ? one : best),
        undefined,
      );

  function take(document: StoredDocument, moved: Map<string, string>): void {
    const key = String(document.body['at']);
    if (document.body['kind'] === 'audit-entry') {
      found.push({ key, document });
      return;
    }
    const link = auditLinkSchema.safeParse(document.body);
    for (const { id } of link.data?.moved ?? []) moved.set(movedEntryId(id), key);
  }

  return {
    found,
    looked: () => looked,
    reached() {
      const first = newest();
      return first === undefined ? null : later(first.at, slackMs);
    },
    async step() {
      const chain = newest();
      if (chain === undefined) return false;
      const places = Array.from({ length: Math.min(chunk, chain.next + 1) }, (_none, n) => chain.next - n);
      const documents = await database.getMany(places.map((place) => auditEntryId(chain.process, place)));
      const moved = new Map<string, string>();
      for (const document of documents) {
        if (document === null) continue;
        take(document, moved);
        chain.at = String(document.body['at']);
      }
      for (const document of moved.size === 0 ? [] : await database.getMany([...moved.keys()])) {
        if (document !== null) found.push({ key: moved.get(document.id) ?? '', document });
      }
      chain.next -= places.length;
      looked += places.length + moved.size;
      return true;
    },
  };
}
