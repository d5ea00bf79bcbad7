import type { Database } from '#server/store/port.ts';
import { headId } from './chain-heads.ts';
import { auditEntryId, type ChainHead } from './entry.ts';

export interface Chain {
  readonly process: string;
  readonly count: number;
  /** When its last document was taken in. */
  readonly endedAt: string;
}

const pageLimit = 500;

/** All chains there are and how long they are; those of other gateways as far as their heads were written, some seconds ago at most. */
export interface ChainList {
  list(): Promise<Chain[]>;
}

export function createChainList(database: Database, own: () => ChainHead | null): ChainList {
  /** `headCount`: the head's word when the chain was looked at last; -1 for a chain of a build that wrote no heads. */
  const known = new Map<string, Chain & { readonly headCount: number }>();
  let hasLooked = false;

  async function look(process: string, headCount: number): Promise<void> {
    let count = Math.max(known.get(process)?.count ?? 0, headCount);
    for (;;) {
      const rows = await database.scan({
        startKey: auditEntryId(process, count),
        endKey: `entry:${process}:~`,
        limit: pageLimit,
      });
      const last = rows.at(-1);
      if (last !== undefined) count = Number(last.id.split(':')[2]) + 1;
      if (last === undefined || rows.length < pageLimit) break;
    }
    const end = count === 0 ? null : await database.get(auditEntryId(process, count - 1));
    const endedAt = end?.body['at'];
    known.set(process, {
      process,
      count,
      endedAt: typeof endedAt === 'string' ? endedAt : '',
      headCount,
    });
  }

  /** Also chains whose heads were never written: one look at each, from the first entry to behind its last. */
  async function lookAtAll(): Promise<void> {
    for (let startKey = 'entry:'; ;) {
      const [first] = await database.scan({ startKey, endKey: 'entry:~', limit: 1 });
      if (first === undefined) return;
      const process = first.id.split(':')[1] ?? '';
      await look(process, -1);
      startKey = `entry:${process}:~`;
    }
  }

  return {
    async list() {
      if (!hasLooked) await lookAtAll();
      hasLooked = true;
      for (let startKey = headId(''); ;) {
        const rows = await database.scan({
          startKey,
          endKey: headId('~'),
          limit: pageLimit,
          includeDocs: true,
        });
        for (const { id, doc } of rows) {
          const process = id.slice(headId('').length);
          const headCount = Number(doc?.body['count'] ?? 0);
          if (known.get(process)?.headCount !== headCount) await look(process, headCount);
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageLimit) break;
        startKey = `${last.id}\u0000`;
      }
      const head = own();
      const mine = head === null ? undefined : known.get(head.process);
      if (head !== null && mine?.count !== head.count) await look(head.process, mine?.headCount ?? 0);
      return [...known.values()].filter(({ count }) => count > 0);
    },
  };
}
