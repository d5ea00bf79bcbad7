import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument, Write } from '#server/store/port.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import {
  authoredEnvelopeSchema,
  type AuthoredEnvelope,
  type DocumentKind,
  type HeldEvent,
  type StampedEvent,
} from '#shared/event/envelope.ts';
import type { DepartmentId, EventId, PersonId } from '#shared/lib/id.ts';
import { departmentIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import {
  quarantineCodeSchema,
  refusalCodeSchema,
  type QuarantineCode,
  type RefusalCode,
} from '#shared/sync/protocol.ts';

/** `quarantined:<event>:<bytes>`: the same event with the same bytes is set aside once, however often it is sent. */
const quarantinedSchema = z.looseObject({
  kind: z.literal('quarantined-event'),
  documentKind: z.enum(['consult', 'patient']),
  code: quarantineCodeSchema,
  departments: z.array(departmentIdSchema),
  heldAt: instantSchema,
  /** The corrected time of writing, by which it is judged when released. */
  writtenAt: instantSchema,
  startsAt: instantSchema,
  event: authoredEnvelopeSchema,
  releasedAt: instantSchema.optional(),
  dismissedAt: instantSchema.optional(),
  decidedBy: personIdSchema.optional(),
  reason: z.string().optional(),
});
export type QuarantinedEvent = z.infer<typeof quarantinedSchema>;

const refusedSchema = z.looseObject({
  kind: z.literal('refused'),
  documentKind: z.enum(['consult', 'patient']),
  code: refusalCodeSchema,
  refusedAt: instantSchema,
  event: authoredEnvelopeSchema,
});
export type RefusedEvent = z.infer<typeof refusedSchema>;

const bytesMark = (event: HeldEvent): string =>
  createHash('sha256').update(canonicalEvent(event)).digest('hex').slice(0, 16);
const refusedPrefix = (author: string): string => `refused:${author}:`;
const refusedId = (author: string, event: string): string => `${refusedPrefix(author)}${event}`;
const quarantinedPrefix = (event: string): string => `quarantined:${event}:`;

export const refusedWrite = (
  kind: DocumentKind,
  event: AuthoredEnvelope,
  code: RefusalCode,
  refusedAt: Instant,
): Write => ({
  id: refusedId(event.author, event.id),
  body: { kind: 'refused', documentKind: kind, code, refusedAt, event },
});

export function quarantineWrite(held: {
  kind: DocumentKind;
  event: AuthoredEnvelope;
  code: QuarantineCode;
  departments: readonly DepartmentId[];
  heldAt: Instant;
  writtenAt: Instant;
  startsAt: Instant;
}): Write {
  const { kind, event, ...rest } = held;
  return {
    id: `${quarantinedPrefix(event.id)}${bytesMark(event)}`,
    body: { kind: 'quarantined-event', documentKind: kind, event, ...rest },
  };
}

export interface HeldBack {
  /** Durable when it resolves; what is there already stays as it is. */
  keep(writes: readonly Write[]): Promise<void>;
  /**
   * Of these events, those this gateway kept lately: what came twice may have been judged twice, and accepted the second time. They are to be
   * withdrawn.
   */
  keptLately(events: readonly EventId[]): ReadonlySet<EventId>;
  /** Undecided and decided, of these departments, oldest first. */
  ofDepartments(departments: readonly DepartmentId[]): Promise<{ id: string; held: QuarantinedEvent }[]>;
  find(id: string): Promise<{ stored: StoredDocument; held: QuarantinedEvent } | null>;
  /** What was said about these events of one author, by event id. */
  ofEvents(
    author: PersonId,
    events: readonly string[],
  ): Promise<Map<string, { refused: RefusalCode } | { quarantined: QuarantineCode }>>;
  refusedOf(author: PersonId): Promise<RefusedEvent[]>;
  /**
   * These very events are in the record after all: what was held back with the same bytes is withdrawn. What somebody decided stays, with the
   * decision and its reason.
   */
  withdraw(events: readonly StampedEvent[]): Promise<void>;
  /** Writes `decision` into what is held, with the audit's entry in the same write. null: somebody decided at the same moment. */
  decide(
    stored: StoredDocument,
    decision: Record<string, unknown>,
    by?: AuditedBy,
  ): Promise<StoredDocument | null>;
  /** As `decide` where nobody has decided yet, whatever the audit wrote into it meanwhile; nothing where somebody has. */
  mark(id: string, decision: Record<string, unknown>): Promise<void>;
}

const isUndecided = ({ body }: StoredDocument): boolean => body['decidedBy'] === undefined;

const maxListed = 1000;
/** Two arrivals of one event lie seconds apart. */
const mostLately = 2000;

export function createHeldBack(database: Database): HeldBack {
  const quarantined = (stored: StoredDocument | null): QuarantinedEvent | null => {
    const parsed = quarantinedSchema.safeParse(stored?.body);
    return parsed.success ? parsed.data : null;
  };

  const lately = new Set<string>();
  function remember(writes: readonly Write[]): void {
    for (const { body } of writes) {
      const event = authoredEnvelopeSchema.safeParse(body['event']);
      if (event.success) lately.add(event.data.id);
    }
    for (const id of lately) {
      if (lately.size <= mostLately) break;
      lately.delete(id);
    }
  }

  return {
    keptLately: (events) => new Set(events.filter((id) => lately.has(id))),

    async keep(writes) {
      if (writes.length === 0) return;
      const outcomes = await database.write(writes);
      for (const [at, outcome] of outcomes.entries()) {
        const id = writes[at]?.id ?? '';
        if (outcome.type === 'rejected')
          throw new Error(`a held-back event could not be kept: ${outcome.reason}`);
        if (outcome.type === 'unproven' && (await database.get(id)) === null) {
          throw new Error('a held-back event was not found again');
        }
      }
      remember(writes);
    },

    async ofDepartments(departments) {
      const found = new Map<string, QuarantinedEvent>();
      for (const department of departments) {
        const rows = await database.view('quarantine/by-department', {
          startKey: [department],
          endKey: [department, {}],
          limit: maxListed,
          includeDocs: true,
        });
        for (const row of rows) {
          const held = quarantined(row.doc ?? null);
          if (held !== null) found.set(row.id, held);
        }
      }
      return [...found]
        .map(([id, held]) => ({ id, held }))
        .sort((a, b) => (a.held.heldAt < b.held.heldAt ? -1 : 1));
    },

    async find(id) {
      if (!id.startsWith('quarantined:')) return null;
      const stored = await database.get(id);
      const held = quarantined(stored);
      return stored === null || held === null ? null : { stored, held };
    },

    async ofEvents(author, events) {
      const said = new Map<string, { refused: RefusalCode } | { quarantined: QuarantineCode }>();
      const refused = await database.getMany(events.map((event) => refusedId(author, event)));
      for (const [at, stored] of refused.entries()) {
        const parsed = refusedSchema.safeParse(stored?.body);
        if (parsed.success) said.set(events[at] ?? '', { refused: parsed.data.code });
      }
      for (const event of events) {
        const prefix = quarantinedPrefix(event);
        const rows = await database.scan({
          startKey: prefix,
          endKey: `${prefix}~`,
          limit: 1,
          includeDocs: true,
        });
        const held = quarantined(rows[0]?.doc ?? null);
        if (held?.event.author === author) said.set(event, { quarantined: held.code });
      }
      return said;
    },

    async refusedOf(author) {
      const prefix = refusedPrefix(author);
      const rows = await database.scan({
        startKey: prefix,
        endKey: `${prefix}~`,
        limit: maxListed,
        includeDocs: true,
      });
      const refused = rows.flatMap((row) => {
        const parsed = refusedSchema.safeParse(row.doc?.body);
        return parsed.success ? [parsed.data] : [];
      });
      return refused.sort((a, b) => (a.refusedAt > b.refusedAt ? -1 : 1));
    },

    async withdraw(events) {
      if (events.length === 0) return;
      const ids = events.flatMap((event) => [
        refusedId(event.author, event.id),
        `${quarantinedPrefix(event.id)}${bytesMark(event)}`,
      ]);
      const bytes = new Map<string, string>(events.map((event) => [event.id, canonicalEvent(event)]));
      const isSame = ({ body }: StoredDocument): boolean => {
        const held = authoredEnvelopeSchema.safeParse(body['event']);
        return held.success && canonicalEvent(held.data) === bytes.get(held.data.id);
      };
      const stored = (await database.getMany(ids))
        .filter((each) => each !== null)
        .filter((each) => isUndecided(each) && isSame(each));
      if (stored.length === 0) return;
      const outcomes = await database.write(
        stored.map(({ id, rev, body }) => ({ id, rev, body: audited({}, undefined, body), deleted: true })),
      );
      // A conflict: somebody decided at this moment, and that stays.
      for (const outcome of outcomes)
        if (outcome.type === 'rejected')
          throw new Error(`a held-back event could not be withdrawn: ${outcome.reason}`);
    },

    async mark(id, decision) {
      await changeDocument(database, id, (held) =>
        held === null || !isUndecided(held) ? null : { ...held.body, ...decision },
      );
    },

    async decide({ id, rev, body: held }, decision, by) {
      const body = audited({ ...held, ...decision }, by, held);
      const [outcome] = await database.write([{ id, rev, body }]);
      const isTaken = outcome?.type === 'written' || outcome?.type === 'unproven';
      return isTaken ? { id, rev: outcome.rev, body } : null;
    },
  };
}
