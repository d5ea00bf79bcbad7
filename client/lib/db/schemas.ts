import type { RxJsonSchema } from 'rxdb';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { ConsultColumns } from './columns.ts';

/** Everything that is not a column; sealed as a whole once the tablet encrypts. A tombstone's is empty. */
export type SealedRecord = Readonly<Record<string, unknown>>;

export interface StoredDocument {
  readonly id: string;
  readonly record: SealedRecord;
}
export interface StoredConsult extends StoredDocument, ConsultColumns {}
export interface StoredPatient extends StoredDocument {
  readonly changedAt: string;
}
export interface StoredAlert extends StoredDocument {
  readonly consult: string;
}
/** `order` counts what was written on this tablet; everything else of an entry is in the record. */
export interface StoredOutboxEntry extends StoredDocument {
  readonly order: number;
}

const id = { type: 'string', maxLength: 400 } as const;
const short = (maxLength: number) => ({ type: 'string', maxLength }) as const;
const record = { type: 'object', additionalProperties: true } as const;

export const consultsSchema: RxJsonSchema<StoredConsult> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id,
    status: short(20),
    open: short(1),
    urgency: short(12),
    requestingDepartment: short(36),
    receivingDepartment: short(36),
    assignee: short(36),
    patient: short(36),
    dueAt: short(24),
    changedAt: short(24),
    latestFirst: { type: 'integer', minimum: 0, maximum: 9_999_999_999_999, multipleOf: 1 },
    record,
  },
  required: ['id', 'open', 'latestFirst', 'patient', 'record'],
  indexes: [['open', 'latestFirst'], 'patient'],
};

export const patientsSchema: RxJsonSchema<StoredPatient> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id, changedAt: short(24), record },
  required: ['id', 'record'],
};

export const directorySchema: RxJsonSchema<StoredDocument> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id, record },
  required: ['id', 'record'],
};

export const alertsSchema: RxJsonSchema<StoredAlert> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id, consult: short(36), record },
  required: ['id', 'consult', 'record'],
  indexes: ['consult'],
};

export const outboxSchema: RxJsonSchema<StoredOutboxEntry> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id, order: { type: 'integer', minimum: 0 }, record },
  required: ['id', 'order', 'record'],
};

/** Drafts, what was set aside, checkpoints, settings: one document per key. */
export const workspaceSchema: RxJsonSchema<StoredDocument> = directorySchema;

export interface HeldRecord {
  readonly version: string;
  readonly content: Readonly<Record<string, unknown>>;
}
export const isHeldRecord = (value: SealedRecord): value is SealedRecord & HeldRecord =>
  typeof value['version'] === 'string' && typeof value['content'] === 'object' && value['content'] !== null;

export const outboxRecord = (entry: OutboxEntry): SealedRecord => {
  const { id: _id, order: _order, ...rest } = entry;
  return rest;
};
