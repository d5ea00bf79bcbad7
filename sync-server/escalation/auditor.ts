import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import { nextStepAt } from '#shared/escalation/due-steps.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMs, instantToMs, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Database, Seq, StoredDocument } from '#server/store/port.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import { firedSteps } from './fired-steps.ts';

/**
 * - `good`: every open consult this gateway knows of has a next step, the end of a pause or the duty administrator's repeat, and none lies in the past.
 * - `overdue`: steps whose time has come stand in no timeline, though there was time enough; `worstSeconds` is how long the oldest has waited.
 * - `no-next-step`: an open consult that nobody would ever be called for.
 * - `feed-behind`: what the store says of a consult has not come to this gateway: it cannot prove anything.
 */
export type AuditVerdict =
  | { readonly type: 'good'; readonly openConsults: number }
  | { readonly type: 'overdue'; readonly consults: number; readonly worstSeconds: number }
  | { readonly type: 'no-next-step'; readonly consults: number }
  | { readonly type: 'feed-behind'; readonly consults: number };

/**
 * Proves that escalation is being done (ALE-7), from what the store and its feed say and never from the engine's own queue, so that an engine that
 * forgot, hangs or died is found out, whichever gateway it runs in.
 */
export interface Auditor {
  /** Every consult as the feed brings it, each live one once at the start. */
  consider(consult: Consult): void;
  /** Costs one pass over instants in memory, and a few documents. Throws `StoreUnavailable`. */
  audit(): Promise<AuditVerdict>;
  readonly openConsults: number;
}

export interface AuditorDeps {
  readonly consults: Database;
  readonly clock: Clock;
  /** Hears of every consult found wrong, as it is stored: an engine that lost it takes it up again. */
  readonly onFound: (consult: Consult) => void;
}

/** A step may be this late: a gateway that died in the middle is waited for, and a failed one is tried again. */
export const allowedLateMs = 30_000;
/** Between a commit and the feed. */
const allowedFeedMs = 20_000;
/** Read again before anybody is accused; so many at a time. */
const mostReread = 200;
/** The last changes of the store, compared with what the feed brought. */
const newestLooked = 25;
/** All documents are gone through, so many at each audit: what the feed never brought is found as well. */
const sweptPerAudit = 50;
/** Stands for an open consult that has no next step at all. */
const never = Infinity;

/** Without the whole schema, which takes ten times as long: it was kept when the events were taken. null: cannot be read, which the feed reports. */
function consultOf(document: StoredDocument | null | undefined): Consult | null {
  try {
    return document === null || document === undefined ? null : projectConsult(eventsOf(document.body));
  } catch {
    return null;
  }
}

export function createAuditor({ consults, clock, onFound }: AuditorDeps): Auditor {
  /** Milliseconds since 1970 of the next step of each open consult, as of when the feed brought it. */
  const nextMs = new Map<ConsultId, number>();
  let cursor = '';
  /** Where the store stood when its newest changes were looked at and all were old enough to be judged: nothing newer, nothing to look at again. */
  let judgedUpTo: Seq | null = null;

  const nextOf = (consult: Consult, now: Instant): number => {
    const next = nextStepAt({ consult, fired: firedSteps(consult), now });
    return next === null ? never : instantToMs(next);
  };

  function consider(consult: Consult): void {
    if (isOpen(consult.status) && consult.snapshot !== null)
      nextMs.set(consult.id, nextOf(consult, clock.now()));
    else nextMs.delete(consult.id);
  }

  /** As it is stored now: what is wrong with it, null when nothing is. */
  function faultOf(consult: Consult, now: Instant): { readonly lateMs: number } | 'no-next-step' | null {
    if (!isOpen(consult.status) || consult.snapshot === null) return null;
    const next = nextOf(consult, now);
    if (next === never) return 'no-next-step';
    const lateMs = instantToMs(now) - next;
    return lateMs > allowedLateMs ? { lateMs } : null;
  }

  /** The feed should have brought it by now, and this gateway knows something else of it. */
  function isUnheard(consult: Consult, now: Instant): boolean {
    if (consult.changedAt === null || consult.changedAt > addMs(now, -allowedFeedMs)) return false;
    const isKnownOpen = nextMs.has(consult.id);
    return isKnownOpen !== (isOpen(consult.status) && consult.snapshot !== null);
  }

  async function newestConsults(now: Instant): Promise<Consult[]> {
    const standsAt = await consults.position();
    if (standsAt === judgedUpTo) return [];
    const newest = await consults.changes({
      since: null,
      limit: newestLooked,
      descending: true,
      includeDocs: true,
    });
    const found = newest.changes.flatMap(({ deleted, doc }) => (deleted ? [] : (consultOf(doc) ?? [])));
    const areOld = found.every(
      ({ changedAt }) => changedAt === null || changedAt <= addMs(now, -allowedFeedMs),
    );
    judgedUpTo = areOld ? standsAt : null;
    return found;
  }

  /** The newest changes and the next stretch of the whole database. */
  async function sample(now: Instant): Promise<Consult[]> {
    const newest = await newestConsults(now);
    const swept = await consults.scan({ startKey: cursor, limit: sweptPerAudit, includeDocs: true });
    const last = swept.at(-1);
    cursor = last === undefined || swept.length < sweptPerAudit ? '' : `${last.id}\u0000`;
    return [...newest, ...swept.flatMap(({ doc }) => consultOf(doc) ?? [])];
  }

  function suspects(now: Instant): ConsultId[] {
    const latestMs = instantToMs(now) - allowedLateMs;
    const found: ConsultId[] = [];
    for (const [id, next] of nextMs) if (next === never || next < latestMs) found.push(id);
    return found;
  }

  return {
    consider,
    async audit() {
      const now = clock.now();
      const suspected = suspects(now);
      const reread = await consults.getMany(suspected.slice(0, mostReread));
      const sampled = [...new Map((await sample(now)).map((one) => [one.id, one])).values()];
      const unheard = sampled.filter((consult) => isUnheard(consult, now));
      const looked = new Map(
        [...sampled, ...reread.flatMap((doc) => consultOf(doc) ?? [])].map((one) => [one.id, one]),
      );
      let overdue = 0;
      let without = 0;
      let worstMs = 0;
      for (const consult of looked.values()) {
        const fault = faultOf(consult, now);
        if (nextMs.has(consult.id) || fault !== null) consider(consult);
        if (fault === null) continue;
        onFound(consult);
        if (fault === 'no-next-step') without++;
        else {
          overdue++;
          worstMs = Math.max(worstMs, fault.lateMs);
        }
      }
      for (const consult of unheard) {
        consider(consult);
        onFound(consult);
      }
      if (overdue > 0) {
        const unread = Math.max(0, suspected.length - mostReread);
        return { type: 'overdue', consults: overdue + unread, worstSeconds: Math.round(worstMs / 1000) };
      }
      if (without > 0) return { type: 'no-next-step', consults: without };
      // More than could be read were suspected, and all that were read are well: the next audit goes on.
      if (suspected.length > mostReread)
        return { type: 'feed-behind', consults: suspected.length - mostReread };
      if (unheard.length > 0) return { type: 'feed-behind', consults: unheard.length };
      return { type: 'good', openConsults: nextMs.size };
    },
    get openConsults() {
      return nextMs.size;
    },
  };
}
