import { z } from 'zod';
import type { DocumentStore, StoredDocument } from '#server/store/port.ts';
import {
  auditActorSchema,
  auditOutcomeSchema,
  type AuditFilter,
  type AuditPage,
  type AuditRow,
} from '#shared/audit/protocol.ts';
import { addMs, instantSchema } from '#shared/lib/instant.ts';
import type { Chain, ChainList } from './chain-list.ts';
import { walkChains } from './chain-walk.ts';
import { eventRows, type EventRows } from './event-rows.ts';

/** Entries that one page may look through before it answers with what it has. */
const mostLookedThrough = 5_000;

const storedSchema = z.looseObject({
  at: instantSchema,
  actor: auditActorSchema.partial().optional(),
  readers: z.array(auditActorSchema.partial()).optional(),
  action: z.string(),
  subjects: z.array(z.string()).catch([]),
  outcome: auditOutcomeSchema.catch('done'),
  reason: z.string().nullable().catch(null),
  fields: z.array(z.string()).catch([]),
  openedAt: instantSchema.nullable().catch(null),
});

function rowOf(stored: StoredDocument): AuditRow | null {
  const parsed = storedSchema.safeParse(stored.body);
  if (!parsed.success) return null;
  const { at, actor, readers, action, subjects, outcome, reason, fields, openedAt } = parsed.data;
  const by = (readers ?? (actor === undefined ? [] : [actor])).map(
    ({ person = null, device = null, address = null }) => ({ person, device, address }),
  );
  return { id: stored.id, at, by, action, subjects, outcome, reason, fields, saidAt: openedAt };
}

function passes({ from, to, person, action, subject, outcome }: AuditFilter, row: AuditRow): boolean {
  return (
    (from === undefined || row.at >= from) &&
    (to === undefined || row.at <= to) &&
    (person === undefined || row.by.some((one) => one.person === person)) &&
    (action === undefined || row.action === action || row.action.startsWith(`${action}.`)) &&
    (subject === undefined || row.subjects.includes(subject)) &&
    (outcome === undefined || row.outcome === outcome)
  );
}

/** A place in the list, newest first. */
interface Place {
  readonly at: string;
  readonly id: string;
}
/** A row at the place where it came into the record; its own instant may be earlier. */
interface Placed extends Place {
  readonly row: AuditRow;
}
const isBehind = (one: Place, place: Place): boolean =>
  one.at < place.at || (one.at === place.at && one.id < place.id);
const newestFirst = (a: Place, b: Place): number => (isBehind(a, b) ? 1 : isBehind(b, a) ? -1 : 0);

const placeSchema = z.tuple([instantSchema, z.string()]);
const textOf = ({ at, id }: Place): string => Buffer.from(JSON.stringify([at, id])).toString('base64url');

/** null: not a cursor of ours. */
export function placeFromCursor(cursor: string): Place | null {
  try {
    const parsed = placeSchema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return parsed.success ? { at: parsed.data[0], id: parsed.data[1] } : null;
  } catch {
    // Not JSON: somebody else's words.
    return null;
  }
}

export interface AuditSearch {
  /** Up to `limit` entries behind the place (null: from the newest on). A page may be short, or empty, and not the last. */
  next(limit: number, after: Place | null): Promise<AuditPage>;
}

/** What came out of a document long after it happened (the server was away) is looked for so much later than asked. */
const movedLaterMs = 24 * 60 * 60_000;

/**
 * A look through the entries of all chains and, where asked for a person or a subject, through consults and patients: with `reach` `all` through every
 * one of them, for which a large hospital waits a minute.
 */
export function searchAudit(
  store: DocumentStore,
  chainList: ChainList,
  filter: AuditFilter,
  reach: 'recent' | 'all' = 'recent',
): AuditSearch {
  const database = store.database('audit');
  let chains: Promise<Chain[]> | null = null;
  let events: Promise<EventRows> | null = null;
  const bound = filter.to === undefined ? null : addMs(filter.to, movedLaterMs);

  /** Rows behind the place, up to enough that pass; `end`: how far was looked, null for to the end. */
  async function chained(limit: number, after: Place | null): Promise<{ rows: Placed[]; end: Place | null }> {
    chains ??= chainList.list();
    const walk = await walkChains(database, await chains, {
      bound: after?.at ?? bound,
      from: filter.from ?? null,
    });
    const rows: Placed[] = [];
    let taken = 0;
    for (;;) {
      for (const { key, document } of walk.found.slice(taken)) {
        const place = { at: key, id: document.id };
        if (after !== null && !isBehind(place, after)) continue;
        const row = rowOf(document);
        if (row !== null && passes(filter, row)) rows.push({ ...place, row });
      }
      taken = walk.found.length;
      const reached = walk.reached();
      if (reached === null) return { rows, end: null };
      const end = { at: reached, id: '' };
      const isEnough = rows.filter((row) => isBehind(end, row)).length >= limit;
      const isFar = walk.looked() >= mostLookedThrough && (after === null || isBehind(end, after));
      if (isEnough || isFar) return { rows, end };
      await walk.step();
    }
  }

  return {
    async next(limit, after) {
      const { rows, end } = await chained(limit, after);
      events ??= eventRows(store, filter, reach);
      const { rows: happened, isPartial } = await events;
      const behind = happened
        .map((row): Placed => ({ at: row.at, id: row.id, row }))
        .filter((one) => (after === null || isBehind(one, after)) && passes(filter, one.row));
      const all = [...rows, ...behind].sort(newestFirst);
      // Behind the place up to which the chains were read there may be entries between these.
      const sure = end === null ? all : all.filter((one) => !isBehind(one, end));
      const entries = sure.slice(0, limit);
      const last = entries.at(-1);
      const isFull = entries.length === limit && last !== undefined;
      const cursor = isFull && (sure.length > limit || all.length > limit || end !== null) ? last : end;
      return {
        entries: entries.map(({ row }) => row),
        cursor: cursor === null ? null : textOf(cursor),
        isPartial,
      };
    },
  };
}
