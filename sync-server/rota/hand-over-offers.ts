import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { onCall, tiers } from '#shared/directory/on-call.ts';
import {
  dueHandOver,
  handOverUntil,
  holdingOf,
  mayHandOver,
  type Holding,
} from '#shared/escalation/hand-over.ts';
import type { ConsultId, DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { writeFacts, type ClaimedFact, type FactDeps } from './fact-writer.ts';

/** Offers open consults to whoever comes on duty (DEP-6). */
export interface HandOverOffers {
  consider(consult: Consult): void;
  tick(): Promise<void>;
}

/**
 * Keeps who has which open consult since when, and looks only where the people on duty changed or a consult did. Nothing is remembered beyond that: what
 * was offered stands in the consult.
 */
export function createHandOverOffers(
  deps: FactDeps & { readonly directory: () => Directory },
): HandOverOffers {
  const { clock, directory } = deps;
  const holdings = new Map<ConsultId, Holding>();
  const byDepartment = new Map<DepartmentId, Set<ConsultId>>();
  const onDuty = new Map<DepartmentId, string>();
  let unchecked = new Set<ConsultId>();

  function forget(id: ConsultId): void {
    const held = holdings.get(id);
    if (held === undefined) return;
    holdings.delete(id);
    const others = byDepartment.get(held.department);
    others?.delete(id);
    if (others?.size === 0) byDepartment.delete(held.department);
  }

  function keep(id: ConsultId, holding: Holding): void {
    forget(id);
    holdings.set(id, holding);
    const others = byDepartment.get(holding.department);
    if (others === undefined) byDepartment.set(holding.department, new Set([id]));
    else others.add(id);
  }

  /** Departments in which somebody else is on duty than at the last look. */
  function noteChanges(now: Instant): DepartmentId[] {
    return [...byDepartment.keys()].filter((department) => {
      const present = tiers.map((tier) => onCall(directory(), department, tier, now)).join(' ');
      if (onDuty.get(department) === present) return false;
      onDuty.set(department, present);
      return true;
    });
  }

  function rule(consult: Consult): ClaimedFact | null {
    const due = dueHandOver(consult, directory(), clock.now());
    if (due === null) return null;
    return {
      claimId: due.claimId,
      recipients: [{ person: due.to, as: 'incoming' }],
      build(present, [claimed]) {
        const now = clock.now();
        if (dueHandOver(present, directory(), now)?.event !== due.event || claimed === undefined) return null;
        const body = { to: claimed.person, until: handOverUntil(present, now) };
        return { id: due.event, type: 'hand-over-offered', body };
      },
    };
  }

  return {
    consider(consult) {
      const holding = holdingOf(consult);
      if (holding === null) forget(consult.id);
      else {
        keep(consult.id, holding);
        unchecked.add(consult.id);
      }
    },
    async tick() {
      if (directory().organisation === null) return;
      const now = clock.now();
      const candidates = unchecked;
      unchecked = new Set();
      for (const department of noteChanges(now))
        for (const id of byDepartment.get(department) ?? []) candidates.add(id);
      const due = [...candidates].filter((id) => {
        const holding = holdings.get(id);
        return holding !== undefined && mayHandOver(holding, directory(), now);
      });
      try {
        const outcomes = await writeFacts(deps, due, rule);
        outcomes.forEach((outcome, at) => {
          const id = due[at];
          if (!outcome.settled && id !== undefined) unchecked.add(id);
        });
      } catch (cause) {
        for (const id of due) unchecked.add(id);
        throw cause;
      }
    },
  };
}
