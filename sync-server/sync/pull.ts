import { SeqUnknown, seqFromText, type DocumentStore } from '#server/store/port.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Checkpoint, CollectionName, PullRequest } from '#shared/sync/protocol.ts';
import type { ConsultEntry } from './consult-index.ts';
import type { Feed } from './feed.ts';
import type { FeedLog } from './feed-log.ts';
import type { HeldScope } from './held-scope.ts';
import { placeFromText, placeText, type Place } from './place.ts';
import type { Reader, Told } from './reader.ts';

export interface Puller {
  /** The answer as JSON text, and whose content is in it. */
  pull(request: PullRequest, scope: HeldScope, asOf: Instant, onCaughtUp: CaughtUp): Promise<Pulled>;
}
export interface Pulled {
  readonly text: string;
  readonly contentOf: readonly string[];
}
/** Called at the very moment a tail is found read to its end, before anything later can be told. */
export type CaughtUp = (collection: CollectionName, seq: string) => void;

export interface PullDeps {
  readonly store: DocumentStore;
  readonly reader: Reader;
  readonly feed: () => Feed;
  readonly storeEpoch: () => string;
}

/** Ids that changed, in the order of the feed, and the place behind them. */
interface Step {
  readonly place: Place;
  readonly ids: readonly string[];
}

interface Since {
  readonly rows: readonly { seq: string; ids: readonly string[] }[];
  /** The place to go on from; the rows reach up to it. */
  readonly end: string;
  readonly isWhole: boolean;
}

const changesPerRequest = 1000;
const heldWalks = 64;

const keyOfConsult = (entry: ConsultEntry): string => `${String(entry.order)}:${entry.id}`;
function placeOfKey(afterKey: string): { order: number; id: string } {
  const [order = '', id = ''] = afterKey.split(':');
  const number = Number(order);
  return order !== '' && Number.isFinite(number) ? { order: number, id } : { order: -1, id: '' };
}

export function createPuller({ store, reader, feed, storeEpoch }: PullDeps): Puller {
  /** Snapshot orders of patients and alerts, made once for a walk; what changes meanwhile comes with the tail. */
  const walks = new Map<string, readonly string[]>();

  function walkOf(collection: CollectionName, scope: HeldScope, startSeq: string): readonly string[] {
    const name = `${collection} ${scope.epoch} ${startSeq}`;
    let ids = walks.get(name);
    if (ids === undefined) {
      ids = feed().index.idsInScope(collection, scope);
      const [oldest] = walks.keys();
      if (walks.size >= heldWalks && oldest !== undefined) walks.delete(oldest);
      walks.set(name, ids);
    }
    return ids;
  }

  /** Up to `limit` ids behind `afterKey` with their keys, and whether the walk ended. */
  function walk(
    collection: CollectionName,
    scope: HeldScope,
    at: { startSeq: string; afterKey: string },
    limit: number,
  ): { found: { id: string; key: string }[]; ended: boolean } {
    const found: { id: string; key: string }[] = [];
    if (collection === 'consults') {
      const { order, id } = placeOfKey(at.afterKey);
      for (const entry of feed().index.consults.inScopeAfter(scope, order, id)) {
        if (found.length === limit) return { found, ended: false };
        found.push({ id: entry.id, key: keyOfConsult(entry) });
      }
      return { found, ended: true };
    }
    const ids = walkOf(collection, scope, at.startSeq);
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ids[middle] ?? '') <= at.afterKey) low = middle + 1;
      else high = middle;
    }
    for (const id of ids.slice(low, low + limit)) found.push({ id, key: id });
    return { found, ended: low + limit >= ids.length };
  }

  /** The index of this gateway may be behind a place another gateway gave out: first bring it up to now. */
  async function reach(collection: CollectionName, place: Place): Promise<void> {
    if (!feed().logOf(collection).knows(place.own)) await feed().catchUp(collection);
    if (place.consults !== null && !feed().relations.knows(place.consults)) await feed().catchUp('consults');
  }

  async function since(database: CollectionName, log: FeedLog, seq: string): Promise<Since | null> {
    if (log.knows(seq)) return null;
    // A place this gateway does not know: the store is asked, and the index brought up to what it says.
    await feed().catchUp(database);
    const end = log.current;
    const page = await store
      .database(database)
      .changes({ since: seqFromText(seq), limit: changesPerRequest });
    if (!page.caughtUp) await feed().catchUp(database);
    const rows = page.changes.map((change) => ({ seq: change.seq, ids: [change.id] }));
    return { rows, end: page.caughtUp ? end : page.lastSeq, isWhole: page.caughtUp };
  }

  const known = (log: FeedLog, seq: string): Since => ({
    rows: log.after(seq) ?? [],
    end: log.current,
    isWhole: true,
  });

  function hangingOn(collection: CollectionName, consults: readonly string[]): string[] {
    const { index } = feed();
    return consults.flatMap((id) => {
      const entry = index.consults.get(id);
      if (collection === 'alerts') return index.alerts.ofConsult(id);
      return entry === undefined ? [] : [entry.patient];
    });
  }

  /** What changed since a place, step by step; nothing is awaited once the logs have been looked at. */
  async function stepsSince(
    collection: CollectionName,
    place: Place,
  ): Promise<{ steps: Step[]; end: Place; isWhole: boolean }> {
    const ownLog = feed().logOf(collection);
    const { relations } = feed();
    const askedOwn = await since(collection, ownLog, place.own);
    const askedConsults = place.consults === null ? null : await since('consults', relations, place.consults);
    const own = askedOwn ?? known(ownLog, place.own);
    const steps: Step[] = own.rows.map(({ seq, ids }) => ({ place: { ...place, own: seq }, ids }));
    if (place.consults === null || !own.isWhole) {
      return { steps, end: { ...place, own: own.end }, isWhole: own.isWhole };
    }
    const consults = askedConsults ?? known(relations, place.consults);
    for (const { seq, ids } of consults.rows) {
      steps.push({ place: { own: own.end, consults: seq }, ids: hangingOn(collection, ids) });
    }
    return { steps, end: { own: own.end, consults: consults.end }, isWhole: consults.isWhole };
  }

  /** What of it concerns this scope, each document once; `upTo[i]` is the number of steps done when `told[i]` is done. */
  function concerning(collection: CollectionName, scope: HeldScope, steps: readonly Step[], limit: number) {
    const seen = new Set<string>();
    const told: Told[] = [];
    const stepOf: number[] = [];
    let done = 0;
    for (const [at, { ids }] of steps.entries()) {
      for (const id of ids) {
        if (seen.has(id)) continue;
        seen.add(id);
        const standing = feed().index.standing(collection, id, scope);
        if (standing === 'never') continue;
        told.push({ id, gone: standing === 'left' });
        stepOf.push(at);
      }
      done = at + 1;
      if (told.length >= limit) break;
    }
    return { told, stepOf, done };
  }

  function answer(
    texts: readonly string[],
    checkpoint: Checkpoint,
    flags: { caughtUp: boolean; restarted: boolean; asOf: Instant },
  ): string {
    const rest = JSON.stringify({ checkpoint, ...flags });
    return `{"documents":[${texts.join(',')}],${rest.slice(1)}`;
  }

  async function tail(
    collection: CollectionName,
    place: Place,
    scope: HeldScope,
    limit: number,
    onCaughtUp: CaughtUp,
  ): Promise<{ texts: string[]; contentOf: string[]; place: Place; caughtUp: boolean }> {
    const { steps, end, isWhole } = await stepsSince(collection, place);
    const { told, stepOf, done } = concerning(collection, scope, steps, limit);
    const isLast = isWhole && done === steps.length;
    if (isLast) onCaughtUp(collection, placeText(end));
    // A step is told whole, however large it is: else the place could not move.
    const firstStep = stepOf.findIndex((at) => at !== stepOf[0]);
    const atLeast = firstStep === -1 ? told.length : firstStep;
    const page = await reader.read(collection, told, atLeast);
    if (page.taken === told.length) {
      const upTo = done === steps.length ? end : (steps[done - 1]?.place ?? place);
      return { ...page, place: upTo, caughtUp: isLast };
    }
    // Cut by bytes: back to the last step that is told whole; what is told twice does no harm.
    const cutAt = stepOf[page.taken] ?? 0;
    const upTo = cutAt === 0 ? place : (steps[cutAt - 1]?.place ?? place);
    return { ...page, place: upTo, caughtUp: false };
  }

  return {
    async pull(request, scope, asOf, onCaughtUp) {
      const { collection, limit, checkpoint } = request;
      const epochs = { storeEpoch: storeEpoch(), scopeEpoch: scope.epoch };
      const isCurrent =
        checkpoint?.storeEpoch === epochs.storeEpoch && checkpoint.scopeEpoch === epochs.scopeEpoch;
      const text =
        checkpoint === null ? null : 'seq' in checkpoint.at ? checkpoint.at.seq : checkpoint.at.startSeq;
      const held = text === null || !isCurrent ? null : placeFromText(collection, text);
      const begin = (restarted: boolean) => ({
        at: {
          phase: 'snapshot' as const,
          startSeq: placeText(feed().placeOf(collection)),
          afterKey: '',
        },
        restarted,
      });
      let { at, restarted } =
        checkpoint === null || held === null
          ? begin(checkpoint !== null)
          : { at: checkpoint.at, restarted: false };

      if (at.phase === 'tail' && held !== null) {
        try {
          const page = await tail(collection, held, scope, limit, onCaughtUp);
          const next: Checkpoint = { ...epochs, at: { phase: 'tail', seq: placeText(page.place) } };
          return {
            text: answer(page.texts, next, { caughtUp: page.caughtUp, restarted: false, asOf }),
            contentOf: page.contentOf,
          };
        } catch (error) {
          // Not this store's place, or the store was set back: everything again, then a state check.
          if (!(error instanceof SeqUnknown)) throw error;
          ({ at, restarted } = begin(true));
        }
      }
      if (at.phase !== 'snapshot') throw new Error('a tail without a place');
      const { startSeq } = at;
      if (held !== null && !restarted) await reach(collection, held);
      const { found, ended } = walk(collection, scope, at, limit);
      const page = await reader.read(
        collection,
        found.map(({ id }) => ({ id, gone: false })),
      );
      const last = found[page.taken - 1];
      const next: Checkpoint =
        ended && page.taken === found.length
          ? { ...epochs, at: { phase: 'tail', seq: startSeq } }
          : {
              ...epochs,
              at: { phase: 'snapshot', startSeq: startSeq, afterKey: last?.key ?? at.afterKey },
            };
      return {
        text: answer(page.texts, next, { caughtUp: false, restarted, asOf }),
        contentOf: page.contentOf,
      };
    },
  };
}
