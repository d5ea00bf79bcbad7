import type { Consult } from '#shared/consult/consult.ts';
import { dueFollowUp, nextFollowUpAt } from '#shared/consult/follow-up.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { createDueQueue } from '#server/escalation/due-queue.ts';
import { writeFacts, type ClaimedFact, type FactDeps } from './fact-writer.ts';

/** Says that a follow-up has fallen due (CON-7). */
export interface FollowUpReminders {
  consider(consult: Consult): void;
  tick(): Promise<void>;
}

const retryAfterMs = 5_000;

/** A queue of due times, filled from the consults as they come by; the reminders themselves stand in the consults. */
export function createFollowUpReminders(
  deps: FactDeps & { readonly directory: () => Directory },
): FollowUpReminders {
  const { clock } = deps;
  const due = createDueQueue();
  /** Until the directory is loaded nobody knows the time zone. */
  let withoutZone = new Set<ConsultId>();
  /** Heard of from the feed while a look was under way: newer than what was read. */
  const news = new Set<ConsultId>();
  const timeZone = (): string | null => deps.directory().organisation?.timeZone ?? null;

  function setDue(consult: Consult): void {
    const zone = timeZone();
    if (zone === null) {
      if (consult.followUp !== null) withoutZone.add(consult.id);
    } else due.set(consult.id, nextFollowUpAt(consult, zone, clock.now()));
  }

  function rule(zone: string): (consult: Consult) => ClaimedFact | null {
    return (consult) => {
      const found = dueFollowUp(consult, zone, clock.now());
      if (found === null) return null;
      return {
        claimId: `${consult.id}:${found.event}`,
        recipients: [],
        build(present) {
          if (dueFollowUp(present, zone, clock.now())?.event !== found.event) return null;
          return { id: found.event, type: 'follow-up-due', body: { of: found.of, dueAt: found.dueAt } };
        },
      };
    };
  }

  return {
    consider(consult) {
      news.add(consult.id);
      setDue(consult);
    },
    async tick() {
      const zone = timeZone();
      if (zone === null) return;
      const now: Instant = clock.now();
      const ids = [...new Set([...withoutZone, ...due.dueAt(now)])];
      withoutZone = new Set();
      if (ids.length === 0) return;
      news.clear();
      // Whatever becomes of this look, it is tried again.
      for (const id of ids) due.set(id, addMs(now, retryAfterMs));
      const outcomes = await writeFacts(deps, ids, rule(zone));
      outcomes.forEach((outcome, at) => {
        const id = ids[at];
        if (id === undefined || !outcome.settled || news.has(id)) return;
        if (outcome.consult === null) due.set(id, null);
        else setDue(outcome.consult);
      });
    },
  };
}
