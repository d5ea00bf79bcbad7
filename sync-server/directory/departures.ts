import { randomUUID } from 'node:crypto';
import type { Actor } from '#server/http/context.ts';
import { refusal } from '#shared/administration/refusals.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId, DepartmentId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { HandOver, HandOverOutcome } from './hand-over.ts';
import type { OpenConsult, OpenWork } from './open-work.ts';
import { refusedFor, type AdministrationError } from './refuse.ts';
import type { StaffDesk } from './staff-desk.ts';

export interface OpenDuties {
  readonly consults: readonly OpenConsult[];
  readonly shifts: number;
  readonly headOf: readonly DepartmentId[];
  readonly receiverOf: readonly DepartmentId[];
}

export interface Departed {
  readonly person: Person;
  readonly consults: readonly { readonly id: ConsultId; readonly outcome: HandOverOutcome }[];
  readonly shifts: number;
}

/** People who leave, with what stands in their name. */
export interface Departures {
  dutiesOf(person: PersonId, at: Instant): Promise<OpenDuties>;
  deactivate(
    actor: Actor,
    person: PersonId,
    handOverTo: PersonId | null,
  ): Promise<Result<Departed, AdministrationError>>;
}

export function createDepartures(deps: {
  readonly desk: StaffDesk;
  readonly work: OpenWork;
  readonly handOver: HandOver;
  readonly directory: () => Directory;
  /** Resolves when `work` has everything that was stored before the call. */
  readonly caughtUp: () => Promise<void>;
}): Departures {
  const { caughtUp, desk, directory, handOver, work } = deps;

  async function dutiesOf(person: PersonId, at: Instant): Promise<OpenDuties> {
    await caughtUp();
    const now = directory();
    const departments = [...now.departments.values()].filter(({ active }) => active);
    return {
      consults: work.of(person),
      shifts: now.rotaWeeks
        .flatMap(({ shifts }) => shifts)
        .filter((shift) => shift.person === person && shift.endsAt > at).length,
      headOf: departments.filter(({ head }) => head === person).map(({ id }) => id),
      receiverOf: departments.filter(({ receiver }) => receiver === person).map(({ id }) => id),
    };
  }

  return {
    dutiesOf,
    async deactivate(actor, person, handOverTo) {
      const { consults, shifts } = await dutiesOf(person, actor.at);
      if (handOverTo !== null) {
        const to = directory().people.get(handOverTo);
        if (to === undefined || handOverTo === person)
          return err(refusedFor(refusal('unknown-person', 'handOverTo')));
        if (!to.active) return err(refusedFor(refusal('inactive-person', 'handOverTo')));
        const canTakeAny = consults.some((consult) => handOver.mayReceive(handOverTo, consult, actor.at));
        if (consults.length > 0 && !canTakeAny)
          return err(refusedFor(refusal('cannot-receive', 'handOverTo')));
      }
      // First out of every rule and rota, so that nothing new comes to them; then what they had. Stopped in between, it can be asked again.
      const left = await desk.setActive(actor, person, false);
      if (!left.ok) return left;
      const outcomes: { id: ConsultId; outcome: HandOverOutcome }[] = [];
      await caughtUp();
      for (const consult of work.of(person)) {
        const eventId = randomUUID() as EventId;
        const outcome = await handOver.move({ actor, consult, from: person, to: handOverTo, eventId });
        outcomes.push({ id: consult.id, outcome });
      }
      return ok({ person: left.value, consults: outcomes, shifts });
    },
  };
}
