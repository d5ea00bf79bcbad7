import { isOpen } from '#shared/consult/vocabulary.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { instantSchema, instantToMs, type Instant } from '#shared/lib/instant.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import { eventsOf } from '$lib/sync/document-events.ts';

/**
 * All that may ever lie readable on a tablet: random ids, status, urgency, departments, assignee, due and changed instants.
 * '' and 0 stand for none, because an index has no place for null.
 */
export interface ConsultColumns {
  readonly status: string;
  /** '1' also for what this build cannot read: better shown than hidden. */
  readonly open: '0' | '1';
  readonly urgency: string;
  readonly requestingDepartment: string;
  readonly receivingDepartment: string;
  readonly assignee: string;
  readonly patient: string;
  readonly dueAt: string;
  readonly changedAt: string;
  /** Falls as `changedAt` rises, so that the newest come first in an index that only rises. */
  readonly latestFirst: number;
}

const endOfTimeMs = 9_999_999_999_999;
const unreadable: ConsultColumns = {
  status: 'unreadable',
  open: '1',
  urgency: '',
  requestingDepartment: '',
  receivingDepartment: '',
  assignee: '',
  patient: '',
  dueAt: '',
  changedAt: '',
  latestFirst: 0,
};
export const goneConsult: ConsultColumns = { ...unreadable, status: 'gone', open: '0' };

/** null for what this build cannot read. It must not throw: one odd document would hold up the pull of all others for ever. */
function readConsult(content: Readonly<Record<string, unknown>>): Consult | null {
  try {
    return projectConsult(eventsOf(content));
  } catch {
    return null;
  }
}

/** Of a consult whose words were left to the server (storage/thin.ts): as they were when it was here whole. */
const isColumns = (value: unknown): value is ConsultColumns =>
  typeof value === 'object' && value !== null && Object.keys(unreadable).every((name) => name in value);

export function consultColumns(content: Readonly<Record<string, unknown>>): ConsultColumns {
  if (isColumns(content['thin'])) return content['thin'];
  const consult = readConsult(content);
  if (consult === null) return unreadable;
  const due =
    consult.clocks === null ? [] : Object.values(consult.clocks).filter((clock) => clock.stoppedAt === null);
  const dueAt = due.map((clock) => clock.dueAt).sort()[0] ?? '';
  return {
    status: consult.status,
    open: isOpen(consult.status) ? '1' : '0',
    urgency: consult.urgency,
    requestingDepartment: consult.requestingDepartment,
    receivingDepartment: consult.receivingDepartment,
    assignee: consult.assignee ?? '',
    patient: consult.patient,
    dueAt,
    changedAt: consult.changedAt ?? '',
    latestFirst: latestFirst(consult.changedAt),
  };
}

export const latestFirst = (changedAt: Instant | null): number =>
  changedAt === null ? 0 : endOfTimeMs - instantToMs(changedAt);

/** The consult an alert is about, a random id; '' when it names none. */
export function alertConsult(content: Readonly<Record<string, unknown>>): string {
  const consult = content['consult'];
  return typeof consult === 'string' ? consult : '';
}

/** When a patient's record last changed at the server, from the last stamp; '' for none. */
export function recordChangedAt(
  collection: CollectionName,
  content: Readonly<Record<string, unknown>>,
): string {
  if (collection !== 'patients') return '';
  let latest = '';
  for (const { receivedAt } of eventsOf(content)) {
    if (instantSchema.safeParse(receivedAt).success && receivedAt !== undefined && receivedAt > latest)
      latest = receivedAt;
  }
  return latest;
}
