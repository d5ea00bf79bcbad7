import type { DocumentStore } from '#server/store/port.ts';
import { inOrder } from '#shared/event/order.ts';
import { addToDigest, digestText, emptyDigest } from '#shared/sync/digest.ts';
import type {
  CollectionName,
  CompareAnswer,
  CompareRequest,
  StateAnswer,
  StateRequest,
} from '#shared/sync/protocol.ts';
import { eventsInVersion, versionOfEvents } from './document-version.ts';
import type { Feed } from './feed.ts';
import type { HeldScope } from './held-scope.ts';
import { placeFromText } from './place.ts';
import { eventsOf, isEventDatabase } from './wire-document.ts';

export interface StateChecker {
  check(request: StateRequest, scope: HeldScope): Promise<Omit<StateAnswer, 'asOf'>>;
  compare(request: CompareRequest, scope: HeldScope): Promise<Omit<CompareAnswer, 'asOf'>>;
}

const readAtOnce = 500;

export function createStateChecker(deps: {
  store: DocumentStore;
  feed: () => Feed;
  storeEpoch: () => string;
}): StateChecker {
  const { store, feed, storeEpoch } = deps;

  function shouldBe(collection: CollectionName, scope: HeldScope): { count: number; digest: string } {
    const { index } = feed();
    let digest = emptyDigest;
    let count = 0;
    for (const id of index.idsInScope(collection, scope)) {
      const version = index.versionOf(collection, id);
      if (version === null) continue;
      digest = addToDigest(digest, id, version);
      count++;
    }
    return { count, digest: digestText(digest) };
  }

  /**
   * Of documents whose version differs: those where the tablet's copy is not simply an older state of ours, so that it may hold events
   * the store has lost.
   */
  async function notOurPast(
    collection: 'consults' | 'patients',
    held: readonly (readonly [id: string, version: string])[],
  ): Promise<string[]> {
    const strangers: string[] = [];
    for (let from = 0; from < held.length; from += readAtOnce) {
      const part = held.slice(from, from + readAtOnce);
      const documents = await store.database(collection).getMany(part.map(([id]) => id));
      for (const [at, [id, version]] of part.entries()) {
        const events = inOrder(eventsOf(documents[at]?.body ?? {}));
        const count = eventsInVersion(version);
        const isPast = count !== null && count > 0 && versionOfEvents(events.slice(0, count)) === version;
        if (!isPast) strangers.push(id);
      }
    }
    return strangers;
  }

  return {
    async check({ collection, checkpoint, count, digest }, scope) {
      const isCurrent = checkpoint.storeEpoch === storeEpoch() && checkpoint.scopeEpoch === scope.epoch;
      const text = 'seq' in checkpoint.at ? checkpoint.at.seq : checkpoint.at.startSeq;
      const place = placeFromText(collection, text);
      if (place !== null && !feed().logOf(collection).knows(place.own)) await feed().catchUp(collection);
      if (typeof place?.consults === 'string' && !feed().relations.knows(place.consults)) {
        await feed().catchUp('consults');
      }
      const right = shouldBe(collection, scope);
      const agrees = isCurrent && place !== null && right.count === count && right.digest === digest;
      return { agrees, count: right.count };
    },

    async compare({ collection, held }, scope) {
      await feed().catchUp(collection);
      if (collection === 'patients' || collection === 'alerts') await feed().catchUp('consults');
      const { index } = feed();
      const heldVersions = new Map(held);
      const inScope = index.idsInScope(collection, scope);
      const fetch = inScope.filter((id) => heldVersions.get(id) !== index.versionOf(collection, id));
      const drop = held.map(([id]) => id).filter((id) => index.standing(collection, id, scope) !== 'in');
      if (!isEventDatabase(collection)) return { fetch, drop, offerBack: [] };
      const doubtful = held.filter(
        ([id, version]) =>
          index.versionOf(collection, id) !== version || index.versionOf(collection, id) === null,
      );
      // Absent and forbidden look the same: both are dropped, and both offered first unless the tablet's copy is known here.
      return { fetch, drop, offerBack: await notOurPast(collection, doubtful) };
    },
  };
}
