import type { Logger } from 'pino';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { claimIdOf, escalatedEventId, syntheticStep } from '#shared/escalation/claim.ts';
import type { ConsultId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { holdsConsult } from '#shared/sync/scope.ts';
import type { SystemFact } from '#server/sync/system-facts.ts';

export interface Called {
  readonly person: PersonId;
  readonly as: string;
}

/**
 * Sees to it that whoever is called about a consult can open it: who would not hold it otherwise is named in it, before their alert goes out.
 * `cause` is the event they are called about. Resolves when that is stored; a consult that takes nothing any more is no reason to call nobody.
 */
export type Admit = (consult: Consult, called: readonly Called[], cause: EventId) => Promise<void>;

export function createAdmit(deps: {
  /** Puts facts of the server into the consult's timeline; the same id twice changes nothing. */
  readonly record: (consult: ConsultId, build: (now: Consult) => readonly SystemFact[]) => Promise<void>;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly logger: Logger;
}): Admit {
  const { record, clock, logger } = deps;

  const factOf = (consult: Consult, called: Called, cause: EventId): SystemFact => ({
    // Once per person: whoever was named stays named.
    id: escalatedEventId(claimIdOf(consult.id, called.person as string as EventId, syntheticStep.standIn, 0)),
    type: 'escalated',
    body: {
      clock: cause,
      step: syntheticStep.standIn,
      repeat: 0,
      unless: 'acknowledged',
      notified: [{ person: called.person, as: called.as }],
    },
  });

  return async (consult, called, cause) => {
    const directory = deps.directory();
    const now = clock.now();
    const outside = called.filter(({ person }) => {
      const known = directory.people.get(person);
      return known?.active === true && !holdsConsult(known, consult, directory, now);
    });
    if (outside.length === 0) return;
    try {
      await record(consult.id, (latest) =>
        outside
          .filter(({ person }) => !latest.involved.includes(person))
          .map((one) => factOf(latest, one, cause)),
      );
    } catch (cause) {
      logger.error(
        { err: cause, consult: consult.id },
        'somebody is called about a consult they cannot open',
      );
    }
  };
}
