import type { Logger } from 'pino';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { Claims, Recipient } from '#server/escalation/claims.ts';
import type { SystemFact } from '#server/sync/system-facts.ts';

/** A fact about a consult that one gateway is to write. */
export interface ClaimedFact {
  readonly claimId: string;
  readonly recipients: readonly Recipient[];
  /** The fact, for the people the claim names, unless the consult as it is at the write makes it pointless (null). */
  build(consult: Consult, recipients: readonly Recipient[]): SystemFact | null;
}

export interface FactDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly claims: Claims;
  readonly load: (ids: readonly ConsultId[]) => Promise<(readonly HeldEvent[] | null | Error)[]>;
  readonly record: (consult: ConsultId, build: (consult: Consult) => readonly SystemFact[]) => Promise<void>;
}

/** What became of a consult: `settled` with the consult as it was read (null: it is gone), or to be looked at again. */
export type FactOutcome =
  { readonly settled: true; readonly consult: Consult | null } | { readonly settled: false };

const atOnce = 100;

/**
 * Writes a system fact into each of these consults where `rule` finds one. The claim keeps two gateways from it, the id keeps it from being there twice. One
 * consult that fails keeps no other from its own. Outcomes in the order of `ids`.
 */
export async function writeFacts(
  deps: FactDeps,
  ids: readonly ConsultId[],
  rule: (consult: Consult) => ClaimedFact | null,
): Promise<FactOutcome[]> {
  const { claims, clock, logger } = deps;

  async function writeOne(id: ConsultId, events: readonly HeldEvent[] | null): Promise<FactOutcome> {
    const consult = events === null ? null : projectConsult(events);
    const fact = consult === null ? null : rule(consult);
    if (fact === null) return { settled: true, consult };
    const { claimId, recipients } = fact;
    const [claim] = await claims.take([{ id: claimId, consult: id, recipients }], clock.now());
    if (claim?.type !== 'mine') return { settled: false };
    await deps.record(id, (now) => {
      const built = fact.build(now, claim.recipients);
      return built === null ? [] : [built];
    });
    return { settled: false };
  }

  const outcomes: FactOutcome[] = [];
  for (let from = 0; from < ids.length; from += atOnce) {
    const part = ids.slice(from, from + atOnce);
    const loaded = await deps.load(part);
    outcomes.push(
      ...(await Promise.all(
        part.map(async (id, at): Promise<FactOutcome> => {
          const events = loaded[at] ?? null;
          try {
            if (events instanceof Error) throw events;
            return await writeOne(id, events);
          } catch (cause) {
            logger.error(
              { err: cause, consult: id },
              'a fact of the rota was not written, will be tried again',
            );
            return { settled: false };
          }
        }),
      )),
    );
  }
  return outcomes;
}
