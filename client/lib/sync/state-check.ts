import { digestOf } from '#shared/sync/digest.ts';
import { maxPullDocuments, type CollectionName } from '#shared/sync/protocol.ts';
import { isStamped } from '#shared/event/envelope.ts';
import { eventsOf } from './document-events.ts';
import type { PullLoop } from './pull-loop.ts';
import { isOfferNote, keepForOffer, offerPrefix, type OfferNote } from './rescue.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { TabletStore } from './tablet-store.ts';

const longestCompare = 50_000;
const documentsAtOnce = 100;
const offersAtOnce = 10;

export type CheckOutcome = 'agrees' | 'healed' | 'failed' | 'differs';

export interface StateCheckParts {
  readonly store: TabletStore;
  readonly server: ServerPort;
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

async function heal(
  loop: PullLoop,
  { store, server, onAnswer, onFailure }: StateCheckParts,
): Promise<boolean> {
  const { collection } = loop;
  const versions = await store.versions(collection);
  if (versions.size > longestCompare) return false;
  const compared = await server.compare({ collection, held: [...versions] });
  if (!compared.ok) {
    onFailure(compared.error);
    return false;
  }
  onAnswer(compared.value);
  const { fetch, drop, offerBack } = compared.value.body;

  if (collection === 'consults' || collection === 'patients') await putAside(store, collection, offerBack);
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
  const kept = new Set(offerBack);
  const gone = drop
    .filter((id) => versions.has(id) && !kept.has(id))
    .map((id) => ({ id, gone: true as const }));
  return gone.length === 0 || (await loop.heal(gone)).type === 'caught-up';
}

async function putAside(
  store: TabletStore,
  collection: 'consults' | 'patients',
  ids: readonly string[],
): Promise<void> {
  const held = await store.read(collection, ids);
  for (const [id, document] of held) {
    await keepForOffer(store, collection, id, eventsOf(document.content).filter(isStamped));
  }
}

/** Offers sealed events the server lost, whoever wrote them; a note goes when the server has taken all it can. */
export async function offerBack({ store, server, onAnswer, onFailure }: StateCheckParts): Promise<boolean> {
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
        return false;
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
      }
    }
  }
  return true;
}
