import type { Actor } from '#server/http/context.ts';
import type { Sync } from '#server/sync/sync.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { hasDoctorsRole, rolesIn } from '#shared/consult/roles.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import { assign } from '#shared/directory/assignment.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { isClinical } from '#shared/directory/membership.ts';
import type { ConsultId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { OpenConsult } from './open-work.ts';

const reason = 'The person it was assigned to is no longer active.';

export type HandOverOutcome = 'handed-over' | 'assigned-by-rule' | 'to-pool' | 'kept';

export interface HandOver {
  /** True where the person is a doctor of the consult's receiving department. */
  mayReceive(person: PersonId, consult: OpenConsult, at: Instant): boolean;
  /**
   * Takes one open consult from somebody who leaves: to `to` as the actor's own act where the consult's rules let the actor reassign it, else back
   * to its department as a fact of the server, and on from there by the department's own rule of assignment. Repeating it changes nothing.
   */
  move(entry: {
    readonly actor: Actor;
    readonly consult: OpenConsult;
    readonly from: PersonId;
    readonly to: PersonId | null;
    /** Made once by the caller. */
    readonly eventId: EventId;
  }): Promise<HandOverOutcome>;
}

export function createHandOver(deps: {
  readonly sync: Pick<Sync, 'acceptOwn' | 'appendSystemEvents' | 'loads'>;
  readonly directory: () => Directory;
}): HandOver {
  const { sync, directory } = deps;

  const mayReceive = (person: PersonId, consult: OpenConsult, at: Instant): boolean => {
    const now = directory();
    const known = now.people.get(person);
    if (known?.active !== true || !isClinical(known, now)) return false;
    return hasDoctorsRole(rolesIn(known, consult.receiving, now, at));
  };

  /** The consult as if the one who leaves were gone already: no rule gives it back to them. */
  const without = (person: PersonId): Directory => {
    const now = directory();
    const held = now.people.get(person);
    if (held === undefined) return now;
    return { ...now, people: new Map(now.people).set(person, { ...held, active: false }) };
  };

  const chosenFor = (consult: Consult, from: PersonId, at: Instant) =>
    assign({
      department: consult.receivingDepartment,
      urgency: consult.urgency,
      requester: consult.requester,
      preferredDoctor: null,
      directory: without(from),
      openConsults: sync.loads.openConsults(),
      at,
      lastRoundRobin: sync.loads.lastRoundRobin(consult.receivingDepartment),
    });

  /** As the server's own facts, in one write; null: the consult is not theirs any more. */
  async function release(id: ConsultId, from: PersonId, at: Instant): Promise<HandOverOutcome> {
    let outcome: HandOverOutcome = 'kept';
    await sync.appendSystemEvents({ kind: 'consult', id }, (consult) => {
      outcome = 'kept';
      if (consult.assignee !== from || !isOpen(consult.status)) return [];
      const released = `${consult.id}:assignee-left:${String(consult.lastN)}` as EventId;
      const chosen = chosenFor(consult, from, at);
      outcome = chosen === null ? 'to-pool' : 'assigned-by-rule';
      return [
        { id: released, type: 'assignee-left', body: { person: from } },
        ...(chosen === null
          ? []
          : [
              {
                id: `${released}:auto-assigned` as EventId,
                type: 'auto-assigned',
                body: { of: released, ...chosen },
              },
            ]),
      ];
    });
    return outcome;
  }

  return {
    mayReceive,
    async move({ actor, consult, from, to, eventId }) {
      if (to !== null && mayReceive(to, consult, actor.at)) {
        const given = await sync.acceptOwn({
          id: eventId,
          consult: consult.id,
          person: actor.person,
          device: actor.device,
          type: 'reassigned',
          body: { to, reason },
          via: 'session',
        });
        if (given.outcome === 'accepted' || given.outcome === 'duplicate') return 'handed-over';
      }
      return release(consult.id, from, actor.at);
    },
  };
}
