import type { AuditedBy } from '#server/audit/pending.ts';
import type { Actor } from '#server/http/context.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { isHeadOf } from '#shared/directory/leaders.ts';
import { hasPermission } from '#shared/directory/membership.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { PushOutcome } from '#shared/sync/protocol.ts';
import type { Quarantined, QuarantineDecision } from '#shared/sync/quarantine.ts';
import type { Acceptor } from './accept.ts';
import type { HeldBack, QuarantinedEvent } from './held-back.ts';

export interface QuarantineDesk {
  /** What the heads of both departments see. */
  list(actor: Actor): Promise<Quarantined[]>;
  /** `absent` also for what belongs to other heads. */
  release(
    actor: Actor,
    decision: QuarantineDecision,
  ): Promise<Result<PushOutcome, { type: 'absent' | 'decided' }>>;
  dismiss(actor: Actor, decision: QuarantineDecision): Promise<Result<null, { type: 'absent' | 'decided' }>>;
}

function decisionOf({
  releasedAt,
  dismissedAt,
  decidedBy,
  reason,
}: QuarantinedEvent): Quarantined['decision'] {
  const at = releasedAt ?? dismissedAt;
  if (at === undefined) return null;
  const as = releasedAt === undefined ? 'dismissed' : 'released';
  return { as, by: decidedBy ?? '', at, reason: reason ?? '' };
}

const by = (actor: Actor, decision: 'release' | 'dismiss', id: string, reason: string): AuditedBy => ({
  actor,
  act: { action: `sync.quarantine.${decision}`, subjects: [id], reason },
});

export function createQuarantineDesk(deps: {
  heldBack: HeldBack;
  acceptor: Pick<Acceptor, 'release'>;
  directory: () => Directory;
}): QuarantineDesk {
  const { heldBack, acceptor, directory } = deps;

  function departmentsOf(actor: Actor): DepartmentId[] {
    const person = directory().people.get(actor.person);
    if (person?.active !== true) return [];
    const all = [...directory().departments.keys()];
    if (hasPermission(person, 'manage-hospital-consults', actor.at)) return all;
    return all.filter((department) => isHeadOf(person, department, directory(), actor.at));
  }

  async function undecided(actor: Actor, id: string) {
    const found = await heldBack.find(id);
    const own = new Set(departmentsOf(actor));
    if (found?.held.departments.some((department) => own.has(department)) !== true) {
      return err({ type: 'absent' as const });
    }
    return decisionOf(found.held) === null ? ok(found) : err({ type: 'decided' as const });
  }

  return {
    async list(actor) {
      const held = await heldBack.ofDepartments(departmentsOf(actor));
      return held.map(({ id, held: one }) => ({
        id,
        code: one.code,
        document: one.event.document,
        documentKind: one.documentKind,
        departments: one.departments,
        heldAt: one.heldAt,
        event: one.event,
        decision: decisionOf(one),
      }));
    },

    async release(actor, { id, reason }) {
      const found = await undecided(actor, id);
      if (!found.ok) return found;
      // The audit's entry first: nothing comes into the record without it, and one of a release that was refused does no harm.
      const noted = await heldBack.decide(found.value.stored, {}, by(actor, 'release', id, reason));
      if (noted === null) return err({ type: 'decided' });
      // Then accepted: a crash in between leaves it undecided, and releasing it again finds a duplicate.
      const outcome = await acceptor.release(found.value.held);
      if (outcome.outcome === 'accepted' || outcome.outcome === 'duplicate')
        await heldBack.mark(id, { releasedAt: actor.at, decidedBy: actor.person, reason });
      return ok(outcome);
    },

    async dismiss(actor, { id, reason }) {
      const found = await undecided(actor, id);
      if (!found.ok) return found;
      const decided = await heldBack.decide(
        found.value.stored,
        { dismissedAt: actor.at, decidedBy: actor.person, reason },
        by(actor, 'dismiss', id, reason),
      );
      return decided === null ? err({ type: 'decided' }) : ok(null);
    },
  };
}
