import type { DocumentKind, HeldEvent } from '#shared/event/envelope.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { Checkpoint, CollectionName, WireDocument } from '#shared/sync/protocol.ts';
import type { SaveFailure } from '$lib/tablet/tablet.ts';

/** A pulled document as it lies on the tablet. */
export interface HeldDocument {
  readonly id: string;
  readonly version: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface PullPage {
  readonly documents: readonly WireDocument[];
  /** null only with an empty page. */
  readonly checkpoint: Checkpoint | null;
}
/** Asked again and again until it answers with fewer documents than `batchSize`: the semantics of RxDB's replication. */
export type PullHandler = (checkpoint: Checkpoint | null, batchSize: number) => Promise<PullPage>;

export interface ReplicationOptions {
  readonly collection: CollectionName;
  /** Two replications of one identifier share a saved checkpoint; a new identifier begins at `initialCheckpoint`. */
  readonly identifier: string;
  readonly initialCheckpoint: Checkpoint | null;
  readonly batchSize: number;
  readonly pull: PullHandler;
  /** A page, or part of one, could not be written. The replication itself goes on as if it had been (E16). */
  onWriteError(detail: string): void;
}
export interface Replication {
  /** Runs the handler (again). Also runs once by itself at the start. */
  poke(): void;
  /** Ends it; the same identifier goes on later where it was. */
  stop(): Promise<void>;
  /** Ends it and forgets what is stored about this identifier. */
  forget(): Promise<void>;
}

/** What waits to leave this tablet, and what the server has but this tablet has not yet pulled. */
export interface OutboxEntry {
  readonly id: string;
  readonly document: string;
  readonly kind: DocumentKind;
  /** Order of writing on this tablet. */
  readonly order: number;
  readonly event: HeldEvent;
  /** null: not accepted yet. Only a push outcome or a receipt sets it. */
  readonly accepted: { readonly n: number; readonly receivedAt: Instant } | null;
  /** Server clock minus device clock as known when it was written; null: never measured. */
  readonly offsetAtWritingMs: number | null;
}
export interface OutboxChange {
  readonly saved: readonly OutboxEntry[];
  readonly removed: readonly string[];
}

export type Saved = Promise<Result<void, SaveFailure>>;

/**
 * One person's records on this tablet. Pulled collections are written by their replication alone.
 * Every write resolves after the storage's own transaction; a full or failing storage is a value.
 */
export interface TabletStore {
  replicate(options: ReplicationOptions): Replication;
  read(collection: CollectionName, ids: readonly string[]): Promise<ReadonlyMap<string, HeldDocument>>;
  readAll(collection: CollectionName): Promise<readonly HeldDocument[]>;
  readOpenConsults(): Promise<readonly HeldDocument[]>;
  /** Most recently changed first. */
  readEndedConsults(limit: number): Promise<readonly HeldDocument[]>;
  /** The longest unchanged first. Absent where nothing is ever left to the server. */
  readEndedLongestAgo?(limit: number): Promise<readonly HeldDocument[]>;
  readConsultsOfPatient(patient: string): Promise<readonly HeldDocument[]>;
  readAlertsOfConsult(consult: string): Promise<readonly HeldDocument[]>;
  count(collection: CollectionName): Promise<number>;
  /** id → version at the server of everything held: what the storage confirmed, never what was meant to be written. */
  versions(collection: CollectionName): Promise<ReadonlyMap<string, string>>;
  /** Told after each write to a pulled collection, whichever tab did it. */
  watch(collection: CollectionName, run: (changes: readonly WireDocument[]) => void): () => void;

  /** What can be sent; records that the storage has damaged are left out. */
  outbox(): Promise<readonly OutboxEntry[]>;
  /** Those; they stay where they are. Absent where the storage cannot damage any. */
  damaged?(): Promise<readonly unknown[]>;
  /** All of them in one transaction, or none. An entry of the same id is replaced. */
  saveToOutbox(entries: readonly OutboxEntry[]): Saved;
  removeFromOutbox(ids: readonly string[]): Saved;
  watchOutbox(run: (change: OutboxChange) => void): () => void;

  note(key: string): Promise<unknown>;
  notes(prefix: string): Promise<ReadonlyMap<string, unknown>>;
  putNote(key: string, value: unknown): Saved;
  removeNote(key: string): Saved;
  /** `value` undefined: removed. */
  watchNotes(run: (key: string, value: unknown) => void): () => void;

  /** true: no other window of this person can have this storage open, so this one leads at once. */
  readonly alone?: boolean;
  /** Resolves when this window is the one that talks to the server for this person. */
  whenLeading(): Promise<void>;
  close(): Promise<void>;
}
