import { heldAlertSchema } from '#shared/alert/alert.ts';
import { authoredConsultBodies } from '#shared/consult/events.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import {
  directoryDocumentSchema,
  type Directory,
  type DirectoryDocument,
} from '#shared/directory/directory.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { DocumentKind, HeldEvent } from '#shared/event/envelope.ts';
import type { DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import { addMs, type Clock } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { authoredPatientBodies } from '#shared/patient/events.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { OwnParcels } from '$lib/parcels/own-parcels.ts';
import type { Random } from '$lib/sync/back-off.ts';
import { eventsOf } from '$lib/sync/document-events.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';
import type { ServerPort } from '$lib/sync/server-port.ts';
import { createSyncCore } from '$lib/sync/sync-core.ts';
import { isSetAside, setAsidePrefix } from '$lib/sync/push-loop.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { createChanges, createSlowView, createView } from './changes.ts';
import { createCollectionView } from './collection-view.ts';
import type { DraftJournal } from './draft-journal.ts';
import { createKnownConnection } from './known-connection.ts';
import { deliveryOf, outboxItems } from './outbox-view.ts';
import { createLocalEvents, createRecordBook } from './record-book.ts';
import type { Draft, Live, SaveFailure, Tablet } from './tablet.ts';
import { outboxEntryOf } from './write-event.ts';

export interface TabletParts {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly store: TabletStore;
  readonly server: ServerPort;
  /** The device's own clock, right or wrong. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** A fresh UUID version 4. */
  readonly newId: () => string;
  /** Absent: a page that dies loses what was typed since the last save. */
  readonly journal?: DraftJournal;
  /** The second copy of what is written, sealed for anybody to bring; absent: there is none, and nothing is signed. */
  readonly parcels?: OwnParcels;
  /** Runs it when what was just written is on the screen; absent: at once. */
  readonly afterDrawing?: (run: () => void) => void;
}

/** The tablet, and the hooks its surroundings call. */
export interface RunningTablet extends Tablet {
  /** There is hardly any room left: leaves the words of consults that ended longest ago to the server. Answers how many. */
  makeRoom(): Promise<number>;
  /** The network, the screen or the page came back. */
  wake(): void;
  /** Everything that is not needed for the first screen is in memory as well. */
  readonly filled: Promise<void>;
  /** The same; false when some of it could not be read from storage. */
  readonly readable: Promise<boolean>;
}

const draftPrefix = 'draft:';
const settingPrefix = 'setting:';

/** A record this build cannot read must not hide all the others; it is shown as far as its columns go. */
function safely<T>(
  projection: (events: readonly HeldEvent[]) => T | null,
): (events: readonly HeldEvent[]) => T | null {
  return (events) => {
    try {
      return projection(events);
    } catch {
      return null;
    }
  };
}

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && 'purpose' in value && 'changedAt' in value;

/** Sending what was written begins when the person sees it: it would else compete with the drawing. */
const toldAfterDrawing = (store: TabletStore, afterDrawing: TabletParts['afterDrawing']): TabletStore =>
  afterDrawing === undefined
    ? store
    : {
        ...store,
        watchOutbox: (run) => store.watchOutbox((change) => afterDrawing(() => run(change))),
      };

/**
 * One person's workspace over a store and a server session. Resolves as soon as the open consults can be shown; everything else
 * is read behind the first screen, and the network is waited for by nobody.
 */
export async function createTablet(parts: TabletParts): Promise<RunningTablet> {
  const { person, device, store, clock } = parts;
  const changes = createChanges();
  const local = createLocalEvents();
  const notes = new Map<string, unknown>();
  const consults = createRecordBook(store, 'consult', local, safely<Consult>(projectConsult));
  const patients = createRecordBook(store, 'patient', local, safely<Patient>(projectPatient));
  const followed = new Map<string, number>();
  let highestOrder = 0;

  // Watching begins before reading, so that nothing written in between is missed.
  const stops = [
    store.watch('consults', (changed) => {
      consults.changed(changed, () => true);
      for (const { id } of changed) forgetEnded(id);
      changes.tell('consults');
    }),
    store.watch('patients', (changed) => {
      patients.changed(changed, () => true);
      changes.tell('patients');
    }),
    store.watchOutbox(onOutbox),
    store.watchNotes(onNote),
  ];

  const [openDocuments, entries, storedNotes, core] = await Promise.all([
    store.readOpenConsults(),
    store.outbox(),
    store.notes(''),
    createSyncCore({ ...parts, store: toldAfterDrawing(store, parts.afterDrawing) }),
  ]);
  for (const document of openDocuments) if (!consults.has(document.id)) consults.put(document);
  onOutbox({ saved: entries, removed: [] });
  for (const [key, value] of storedNotes) if (!notes.has(key)) onNote(key, value);
  await consults.load(local.documents('consult'));
  for (const draft of parts.journal?.left() ?? []) {
    onNote(draftPrefix + draft.id, draft);
    // A storage that does not take it now is asked again at the next keystroke or start.
    void saveDraft(draft);
  }

  function onOutbox(change: Parameters<typeof local.outboxChanged>[0]): void {
    for (const entry of change.saved) highestOrder = Math.max(highestOrder, entry.order);
    const removed = change.removed.map((id) => local.entry(id));
    const kinds = new Set([...change.saved, ...removed].map((entry) => entry?.kind));
    const accepted = change.saved.filter((entry) => entry.accepted !== null).map(({ id }) => id);
    void parts.parcels?.delivered([...change.removed, ...accepted]);
    if (local.outboxChanged(change).length > 0) {
      if (kinds.has('consult')) changes.tell('consults');
      if (kinds.has('patient')) changes.tell('patients');
    }
    changes.tell('outbox');
  }
  function onNote(key: string, value: unknown): void {
    if (local.noteChanged(key, value) !== null) changes.tell('consults');
    if (![draftPrefix, settingPrefix, setAsidePrefix].some((prefix) => key.startsWith(prefix))) return;
    if (value === undefined) notes.delete(key);
    else notes.set(key, value);
    changes.tell('notes');
  }

  /** Ended consults nobody looks at leave the memory; the storage keeps them. */
  function forgetEnded(id: string): void {
    if ((followed.get(id) ?? 0) > 0 || local.of(id).length > 0) return;
    const consult = consults.project(id);
    if (consult !== null && !isOpen(consult.status)) consults.drop(id);
  }

  const directoryView = createCollectionView<DirectoryDocument>(store, 'directory', (content) => {
    const parsed = directoryDocumentSchema.safeParse(content);
    return parsed.success ? parsed.data : null;
  });
  const alertsView = createCollectionView(store, 'alerts', (content) => {
    const parsed = heldAlertSchema.safeParse(content);
    return parsed.success ? parsed.data : null;
  });
  const directory: Live<Directory> = {
    subscribe: (run) => directoryView.live.subscribe((documents) => run(directoryFrom(documents))),
  };

  const projected = <T>(book: { ids(): readonly string[]; project(id: string): T | null }): T[] =>
    book.ids().flatMap((id) => book.project(id) ?? []);
  const byLatest = (a: Consult, b: Consult): number => ((a.changedAt ?? '~') < (b.changedAt ?? '~') ? 1 : -1);
  const storageFailed = (): void => core.facts.storage(true);

  const openConsults = createView(changes, ['consults'], () =>
    projected(consults).filter((consult) => isOpen(consult.status)),
  );

  async function endedNow(limit: number): Promise<readonly Consult[]> {
    const documents = await store.readEndedConsults(limit);
    const fromStorage = documents.flatMap((document) => {
      if (consults.has(document.id)) return [];
      return endedCache(document.id, document.version, eventsOf(document.content)) ?? [];
    });
    const inMemory = projected(consults).filter((consult) => !isOpen(consult.status));
    return [...inMemory, ...fromStorage].sort(byLatest).slice(0, limit);
  }
  const ended = new Map<string, { readonly version: string; readonly value: Consult | null }>();
  const projectEnded = safely<Consult>(projectConsult);
  function endedCache(id: string, version: string, events: readonly HeldEvent[]): Consult | null {
    const before = ended.get(id);
    if (before?.version === version) return before.value;
    const value = projectEnded(events);
    ended.set(id, { version, value });
    return value;
  }

  /** One whose words were left to the server, in memory while somebody looks at it. */
  async function fetchLeft(id: string): Promise<void> {
    const document = await core.whole(id);
    if (document === null || consults.has(id) || (followed.get(id) ?? 0) === 0) return;
    consults.put(document);
    changes.tell('consults');
  }

  /** A document kept in memory while somebody looks at it. */
  function followedView<T>(id: string, book: typeof consults | typeof patients, view: Live<T>): Live<T> {
    return {
      subscribe(run) {
        followed.set(id, (followed.get(id) ?? 0) + 1);
        const stop = view.subscribe(run);
        if (!book.has(id))
          book.load([id]).then(() => {
            changes.tell(book === consults ? 'consults' : 'patients');
            if (book === consults && !consults.has(id)) void fetchLeft(id);
          }, storageFailed);
        return () => {
          stop();
          followed.set(id, (followed.get(id) ?? 1) - 1);
          if (book === consults) forgetEnded(id);
        };
      },
    };
  }

  const turns = new Map<string, Promise<unknown>>();
  /** One act after the other on one document, so that each sees the one before. */
  function inTurn<T>(document: string, act: () => Promise<T>): Promise<T> {
    const turn = (turns.get(document) ?? Promise.resolve()).then(act, act);
    turns.set(document, turn);
    return turn;
  }

  function act(
    kind: DocumentKind,
    document: string,
    type: string,
    body: Readonly<Record<string, unknown>>,
    eventId: EventId | undefined,
  ): Promise<Result<EventId, SaveFailure>> {
    const book = kind === 'consult' ? consults : patients;
    const opening = kind === 'consult' ? 'submitted' : 'registered';
    return inTurn(document, async () => {
      try {
        await book.load([document]);
      } catch {
        return err({ type: 'storage-failed', detail: 'could not be read' });
      }
      const seen = book.events(document);
      const begun =
        type === opening
          ? seen.find((event) => event.type === opening && event.author === person)
          : undefined;
      if (begun !== undefined) return ok(begun.id);
      // The same act twice (a double tap, a retry) is one event. Other words under its id, as from a form that outlived the app, are another.
      const aside = eventId === undefined ? undefined : notes.get(setAsidePrefix + eventId);
      const before =
        seen.find((event) => event.id === eventId) ?? (isSetAside(aside) ? aside.event : undefined);
      const isSame = (event: HeldEvent): boolean => canonicalJson(event.body) === canonicalJson(body);
      if (before !== undefined) {
        const again = isSame(before)
          ? before
          : // Those other words, tapped twice.
            seen.find(
              (event) =>
                event.type === type &&
                event.author === person &&
                event.lamport > before.lamport &&
                isSame(event),
            );
        if (again !== undefined) return ok(again.id);
      }

      const id = before === undefined && eventId !== undefined ? eventId : (parts.newId() as EventId);
      const entry = outboxEntryOf(
        {
          kind,
          document,
          type,
          body,
          id,
          author: person,
          device,
          occurredAt: clock.now(),
          order: ++highestOrder,
          offsetMs: core.offset.current(),
        },
        seen,
      );
      if (!entry.ok) return entry;
      const put = (await parts.parcels?.put(entry.value)) ?? entry;
      if (!put.ok) return put;
      const saved = await store.saveToOutbox([put.value]);
      if (!saved.ok) {
        await parts.parcels?.dropped(id);
        return saved;
      }
      await parts.parcels?.written(id);
      // The store tells us too, perhaps later; what is saved is shown before the caller goes on.
      if (local.entry(id) === null) onOutbox({ saved: [put.value], removed: [] });
      return ok(id);
    });
  }

  async function putNote(key: string, value: unknown): Promise<Result<void, SaveFailure>> {
    const saved = await store.putNote(key, value);
    if (saved.ok) onNote(key, value);
    return saved;
  }

  async function saveDraft(draft: Draft): Promise<Result<void, SaveFailure>> {
    const saved = await putNote(draftPrefix + draft.id, draft);
    if (saved.ok) parts.journal?.stored(draft);
    return saved;
  }

  const connection = createKnownConnection(core.facts);
  let closed = false;
  // Without the names there is no first screen: whose lists these are stands in the directory. One that cannot be read is told behind it.
  const namesRead = await directoryView.load().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  // Behind the first screen: people, then the rest; the network only after that.
  const readable = (async () => {
    if (namesRead !== null) throw namesRead.error;
    const known = await store.readAll('patients');
    for (const document of known) if (!patients.has(document.id)) patients.put(document);
    changes.tell('patients');
    await alertsView.load();
    connection.allRead();
    return true;
  })().catch(() => {
    storageFailed();
    return false;
  });
  const filled = readable.then(() => undefined);
  void filled.then(() => {
    if (!closed) core.start().catch(storageFailed);
  });
  void filled.then(async () => {
    await parts.parcels?.compare(await store.outbox());
    await parts.parcels?.register();
  }, storageFailed);

  return {
    person,
    device,
    filled,
    readable,
    wake() {
      core.wake();
      void parts.parcels?.register();
    },
    makeRoom: () => core.makeRoom(),
    now: () => addMs(clock.now(), core.offset.current() ?? 0),
    directory,
    openConsults,
    endedConsults: (limit) =>
      createSlowView<readonly Consult[]>(
        changes,
        ['consults'],
        () => [],
        () => endedNow(limit),
        storageFailed,
      ),
    unreadable: createView(changes, ['consults'], () =>
      consults.ids().filter((id) => consults.has(id) && consults.project(id) === null),
    ),
    consult: (id) =>
      followedView(
        id,
        consults,
        createView(changes, ['consults'], () => consults.project(id)),
      ),
    consultsOfPatient: (id) =>
      createSlowView<readonly Consult[]>(
        changes,
        ['consults'],
        () => projected(consults).filter((consult) => consult.patient === id),
        async () => {
          const documents = await store.readConsultsOfPatient(id);
          const fromStorage = documents.flatMap((document) => {
            if (consults.has(document.id)) return [];
            return endedCache(document.id, document.version, eventsOf(document.content)) ?? [];
          });
          return [...projected(consults).filter((consult) => consult.patient === id), ...fromStorage];
        },
        storageFailed,
      ),
    patient: (id) =>
      followedView(
        id,
        patients,
        createView(changes, ['patients'], () => patients.project(id)),
      ),
    patients: createView(changes, ['patients'], () => projected(patients)),
    alerts: alertsView.live,
    alertsOfConsult: (id) => ({
      subscribe: (run) =>
        alertsView.live.subscribe((alerts) => run(alerts.filter((alert) => alert.consult === id))),
    }),

    async actOnConsult(consult, type, body, eventId) {
      return act('consult', consult, type, authoredConsultBodies[type].parse(body), eventId);
    },
    async actOnPatient(patient, type, body, eventId) {
      return act('patient', patient, type, authoredPatientBodies[type].parse(body), eventId);
    },
    newId: parts.newId,
    deliveryOf: (event) => deliveryOf(event, local, notes),
    outbox: createView(changes, ['outbox', 'notes'], () =>
      outboxItems(local, notes, (id) => core.attemptsOf(id)),
    ),
    async dismissRefused(id) {
      const noted = notes.get(setAsidePrefix + id);
      if (isSetAside(noted)) await putNote(setAsidePrefix + id, { ...noted, dismissed: true });
    },

    drafts: createView(changes, ['notes'], () =>
      [...notes].flatMap(([key, value]) => (key.startsWith(draftPrefix) && isDraft(value) ? [value] : [])),
    ),
    jotDraft: (draft) => parts.journal?.jot(draft),
    saveDraft,
    async removeDraft(id) {
      parts.journal?.remove(id);
      const removed = await store.removeNote(draftPrefix + id);
      if (removed.ok) onNote(draftPrefix + id, undefined);
    },
    setting: <T>(key: string) =>
      createView<T | null>(
        changes,
        ['notes'],
        () => (notes.get(settingPrefix + key) as T | undefined) ?? null,
      ),
    async saveSetting(key, value) {
      await putNote(settingPrefix + key, value);
    },

    connection: connection.live,
    async syncNow() {
      await filled;
      await core.syncNow();
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const stop of stops) stop();
      directoryView.close();
      alertsView.close();
      await filled;
      await core.stop();
      await store.close();
    },
  };
}
