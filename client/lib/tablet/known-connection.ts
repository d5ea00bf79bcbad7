import type { CollectionName } from '#shared/sync/protocol.ts';
import type { ConnectionFacts } from '$lib/sync/connection-facts.ts';
import { createLive } from './live.ts';
import type { Connection, Live } from './tablet.ts';

export interface KnownConnection {
  readonly live: Live<Connection>;
  /** Everything held is in memory now. */
  allRead(): void;
}

/**
 * The connection as screens may believe it: a collection is caught up only once it was read from storage, and what the last
 * session remembered of it ends with the server's first answer in this one, which may have been about another collection.
 */
export function createKnownConnection(facts: Pick<ConnectionFacts, 'live' | 'get'>): KnownConnection {
  const remembered = facts.get();
  let isAllRead = false;

  function known(connection: Connection): Connection {
    const of = (name: CollectionName): { readonly caughtUp: boolean; readonly count: number } => {
      const told = connection.perCollection[name];
      // Open consults are in memory before the first screen.
      const isRead = isAllRead || name === 'consults';
      const isOfNow =
        told !== remembered.perCollection[name] || connection.confirmedAt === remembered.confirmedAt;
      return { caughtUp: told.caughtUp && isRead && isOfNow, count: told.count };
    };
    return {
      ...connection,
      perCollection: {
        consults: of('consults'),
        patients: of('patients'),
        directory: of('directory'),
        alerts: of('alerts'),
      },
    };
  }

  const live = createLive(known(remembered));
  facts.live.subscribe((connection) => live.set(known(connection)));
  return {
    live,
    allRead() {
      isAllRead = true;
      live.set(known(facts.get()));
    },
  };
}
