import { digestOf } from '#shared/sync/digest.ts';
import { maxPullDocuments, type CollectionName } from '#shared/sync/protocol.ts';
import { isStamped } from '#shared/event/envelope.ts';
import { isThin, wholeVersion } from '$lib/storage/thin.ts';
import { eventsOf } from './document-events.ts';
import type { PullLoop } from './pull-loop.ts';
import { isOfferNote, keepForOffer, offerKey, offerPrefix, type OfferNote } from './rescue.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { TabletStore } from './tablet-store.ts';

const longestCompare = 50_000;
const documentsAtOnce = 100;
const offersAtOnce = 10;

export type CheckOutcome = 'agrees' | 'healed' | 'failed' | 'differs';

/**
 * What was put aside of which version of a document, by the key of its note, and whether the server has taken it since. An old version
 * may differ for ever from what the restored document became; once its events are taken, a document outside the scope can go.
 */
export type Offered = Map<string, { readonly version: string; readonly taken: boolean }>;

export interface StateCheckParts {
  readonly store: TabletStore;
  readonly server: ServerPort;
  /** Kept from check to check; emptied when the store becomes another. */
  readonly offered: Offered;
  readonly onAnswer: (answer: Answer<unknown>) => void;
  readonly onFailure: (failure: ServerFailure) => void;
}

/**
 * Asks whether this tablet holds what it should, and heals what it does not (OFF-13). A difference may only mean that something
 * changed meanwhile, so it pulls once more before it compares id by id.
 */
export async function checkState(loop: PullLoop, parts: StateCheckParts): Promise<CheckOutcome> {
  const first = await agrees(loop, parts);
  if (first !== false) return first === null ? 'failed' : 'agrees';
  if ((await loop.run()).type !== 'caught-up') return 'failed';
  const second = await agrees(loop, parts);
  if (second !== false) return second === null ? 'failed' : 'agrees';
  if (!(await heal(loop, parts))) return 'failed';
  const third = await agrees(loop, parts);
  return third === null ? 'failed' : third ? 'healed' : 'differs';
}

/** null: could not be asked. */
async function agrees(
  loop: PullLoop,
  { store, server, onAnswer, onFailure }: StateCheckParts,
): Promise<boolean | null> {
  const checkpoint = loop.proven();
  if (checkpoint === null) return null;
  const versions = await store.versions(loop.collection);
  const answer = await server.state({
    collection: loop.collection,
    checkpoint,
    count: versions.size,
    digest: digestOf(versions),
  });
  if (!answer.ok) {
    onFailure(answer.error);
    return null;
  }
  onAnswer(answer.value);
  return answer.value.body.agrees;
}

async function heal(loop: PullLoop, parts: StateCheckParts): Promise<boolean> {
  const { store, server, offered, onAnswer, onFailure } = parts;
  const { collection } = loop;
  const versions = await store.versions(collection);
  if (versions.size > longestCompare) return false;
  const compared = await server.compare({ collection, held: [...versions] });
  if (!compared.ok) {
    onFailure(compared.error);
    return false;
  }
  onAnswer(compared.value);
  const { fetch, drop } = compared.value.body;
  const toOffer = compared.value.body.offerBack.filter((id) => {
    const before = offered.get(offerKey(collection, id));
    return before?.taken !== true || before.version !== versions.get(id);
  });

  if (collection === 'consults' || collection === 'patients') await putAside(parts, collection, toOffer);
  for (let at = 0; at < fetch.length; at += documentsAtOnce) {
    const ids = fetch.slice(at, at + Math.min(documentsAtOnce, maxPullDocuments));
    const answer = await server.documents({ collection, ids });
    if (!answer.ok) {
      onFailure(answer.error);
      return false;
    }
    onAnswer(answer.value);
    if ((await loop.heal(answer.value.body.documents)).type !== 'caught-up') return false;
  }
  // What is to be offered back is not dropped, whatever the list says.
  const kept = new Set(toOffer);
  const gone = drop
    .filter((id) => versions.has(id) && !kept.has(id))
    .map((id) => ({ id, gone: true as const }));
  return gone.length === 0 || (await loop.heal(gone)).type === 'caught-up';
}

async function putAside(
  { store, offered }: StateCheckParts,
  collection: 'consults' | 'patients',
  ids: readonly string[],
): Promise<void> {
  const held = await store.read(collection, ids);
  for (const [id, document] of held) {
    if (isThin(document)) {
      // Its words were left to the server: there is nothing to give back, and it need not stay for that.
      offered.set(offerKey(collection, id), { version: wholeVersion(document.version), taken: true });
      continue;
    }
    const events = eventsOf(document.content).filter(isStamped);
    const saved = await keepForOffer(store, collection, id, events);
    if (saved.ok) offered.set(offerKey(collection, id), { version: document.version, taken: false });
  }
}

/**
 * Offers sealed events the server lost, whoever wrote them; a note goes when the server has taken all it can. Returns the collections
 * whose state is worth another look, because a document that had to stay until now need not any more.
 */
export async function offerBack(parts: StateCheckParts): Promise<ReadonlySet<CollectionName>> {
  const { store, server, offered, onAnswer, onFailure } = parts;
  const settled = new Set<CollectionName>();
  const pending = [...(await store.notes(offerPrefix))].filter(
    (entry): entry is [string, OfferNote] =>
      isOfferNote(entry[1]) && entry[1].events.length > entry[1].refused.length,
  );
  for (const collection of ['consults', 'patients'] as const satisfies readonly CollectionName[]) {
    const notes = pending.filter(([, note]) => note.collection === collection);
    for (let at = 0; at < notes.length; at += offersAtOnce) {
      const batch = notes.slice(at, at + offersAtOnce);
      const answer = await server.offer({
        collection,
        documents: batch.map(([, note]) => ({
          id: note.id,
          events: note.events.filter((event) => !note.refused.includes(event.id)),
        })),
      });
      if (!answer.ok) {
        onFailure(answer.error);
        return settled;
      }
      onAnswer(answer.value);
      const taken = new Map(answer.value.body.taken.map((each) => [each.id, each]));
      for (const [key, note] of batch) {
        const result = taken.get(note.id);
        if (result === undefined) continue;
        const refused = new Set(result.refused);
        const left = note.events.filter((event) => refused.has(event.id) || note.refused.includes(event.id));
        if (left.length === 0) await store.removeNote(key);
        else await store.putNote(key, { ...note, events: left, refused: left.map((event) => event.id) });
        const before = offered.get(key);
        if (before === undefined || before.taken) continue;
        offered.set(key, { ...before, taken: true });
        settled.add(collection);
      }
    }
  }
  return settled;
}
