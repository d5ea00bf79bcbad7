import type { Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, DeviceId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { AuthoredPatientType, PatientBody } from '#shared/patient/events.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { CollectionName, QuarantineCode, RefusalCode } from '#shared/sync/protocol.ts';

/** A value that changes: calls `run` at once with the present value, then on every change. Also Svelte's store contract. */
export interface Live<T> {
  subscribe(run: (value: T) => void): () => void;
}

/** Where one thing a person wrote is (experience.md §4), from receipts and stamps alone. */
export type Delivery =
  | { readonly state: 'on-this-tablet'; readonly since: Instant }
  | { readonly state: 'at-the-server'; readonly at: Instant }
  | { readonly state: 'refused'; readonly code: RefusalCode; readonly kept: 'server' | 'tablet' }
  | { readonly state: 'quarantined'; readonly code: QuarantineCode };

/** What waits, was refused or set aside on this tablet; its text is never dropped. */
export interface OutboxItem {
  readonly event: HeldEvent;
  readonly document: 'consult' | 'patient';
  readonly delivery: Delivery;
  readonly attempts: number;
}

export interface Draft {
  readonly id: string;
  /** 'consult' for a new request, 'note:<consult>' and the like for half-written acts. */
  readonly purpose: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly changedAt: Instant;
}

/** The connection as facts, not as a mode. */
export interface Connection {
  /** Our server last answered an authenticated request at this instant (server's clock); null: never on this tablet. */
  readonly confirmedAt: Instant | null;
  readonly streaming: boolean;
  /** The server said the session ended: ask to sign in again; work goes on. */
  readonly signInNeeded: boolean;
  /** Server clock minus device clock; null while never measured. */
  readonly clockOffsetMs: number | null;
  readonly lastFullSyncAt: Instant | null;
  /** `caughtUp`: read from this tablet's storage, and the server had nothing more when it last answered about it. */
  readonly perCollection: Readonly<
    Record<CollectionName, { readonly caughtUp: boolean; readonly count: number }>
  >;
  /** What is wrong right now in one word for the Sync page; null: nothing. */
  readonly trouble:
    'no-answer' | 'not-our-server' | 'signed-out' | 'storage-failing' | 'update-needed' | null;
  /** Escalation at the server is not being watched for so many seconds; 0 when all is well. */
  readonly watcherLateSeconds: number;
}

export type SaveFailure =
  | { readonly type: 'storage-full' }
  | { readonly type: 'storage-failed'; readonly detail: string }
  /** The words do not fit into one event; the server would refuse it. Nothing was written: shorten, or split into notes. */
  | { readonly type: 'too-large'; readonly bytes: number; readonly maxBytes: number };

/** One signed-in person's workspace on this tablet. Screens know this and nothing beneath it. */
export interface Tablet {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** The server's time as well as this tablet knows it: device clock plus measured offset. */
  now(): Instant;

  readonly directory: Live<Directory>;
  /** All open consults held, projected over pulled and unsent events; no order. */
  readonly openConsults: Live<readonly Consult[]>;
  /** Ended ones held, most recently changed first, up to `limit`. */
  endedConsults(limit: number): Live<readonly Consult[]>;
  /** Consults held that this build cannot read, by id: they say so instead of being left out. */
  readonly unreadable: Live<readonly string[]>;
  /** null: not on this tablet, or not readable by this build. */
  consult(id: ConsultId): Live<Consult | null>;
  consultsOfPatient(id: PatientId): Live<readonly Consult[]>;
  patient(id: PatientId): Live<Patient | null>;
  /** Every patient held (open scope); search is in memory over them. */
  readonly patients: Live<readonly Patient[]>;
  readonly alerts: Live<readonly Alert[]>;
  alertsOfConsult(id: ConsultId): Live<readonly Alert[]>;

  /**
   * Writes one act. Resolves ok only after the tablet's storage confirmed it; then every live view already shows it.
   * A new consult: `submitted` with a fresh `consult` id (made when the form opened, so that a double tap is one request).
   */
  actOnConsult<T extends AuthoredConsultType>(
    consult: ConsultId,
    type: T,
    body: ConsultBody<T>,
    eventId?: EventId,
  ): Promise<Result<EventId, SaveFailure>>;
  actOnPatient<T extends AuthoredPatientType>(
    patient: PatientId,
    type: T,
    body: PatientBody<T>,
    eventId?: EventId,
  ): Promise<Result<EventId, SaveFailure>>;
  newId(): string;
  deliveryOf(event: HeldEvent): Delivery;

  readonly outbox: Live<readonly OutboxItem[]>;
  /** Removes a refused item from the screen after its text was taken elsewhere; it stays in the workspace, marked dismissed. */
  dismissRefused(id: EventId): Promise<void>;

  readonly drafts: Live<readonly Draft[]>;
  /** Notes what was just typed before it returns: what is still on its way to `saveDraft` outlives a page that dies. */
  jotDraft(draft: Draft): void;
  saveDraft(draft: Draft): Promise<Result<void, SaveFailure>>;
  removeDraft(id: string): Promise<void>;
  setting<T>(key: string): Live<T | null>;
  saveSetting(key: string, value: unknown): Promise<void>;

  readonly connection: Live<Connection>;
  /** Try now: pull, push, state check. Resolves when done or failed; the outcome is in `connection`. */
  syncNow(): Promise<void>;
  close(): Promise<void>;
}
