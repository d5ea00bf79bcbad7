import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import type { Tier } from './escalation-policy.ts';
import { activeShifts } from './on-call.ts';

/** A stretch in which one person has a tier without a break, however many shifts it is made of; `person` null: a gap. */
export interface Turn {
  readonly person: PersonId | null;
  readonly from: Instant;
  readonly until: Instant;
}

/** Who has the tier when, over the whole of [`from`, `until`), gaps included, in order. The first and last turn are cut off there. */
export function turns(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  from: Instant,
  until: Instant,
): Turn[] {
  if (from >= until) return [];
  // Strongest claim first, so the first that covers a moment holds it.
  const shifts = activeShifts(directory, department, tier).filter(
    (shift) => shift.startsAt < until && shift.endsAt > from,
  );
  const edges = new Set<Instant>([from]);
  for (const { startsAt, endsAt } of shifts) {
    edges.add(latest(startsAt, from));
    edges.add(earliest(endsAt, until));
  }
  edges.delete(until);
  const found: { person: PersonId | null; from: Instant; until: Instant }[] = [];
  for (const edge of [...edges].sort()) {
    const person = shifts.find((shift) => shift.startsAt <= edge && edge < shift.endsAt)?.person ?? null;
    const last = found.at(-1);
    if (last === undefined) found.push({ person, from: edge, until });
    else if (last.person !== person) {
      last.until = edge;
      found.push({ person, from: edge, until });
    }
  }
  return found;
}

/** Turns are followed this far back and ahead; nobody is on duty for longer. */
const reachMinutes = 8 * 24 * 60;

/** The turn (or gap) that holds at `at`. Edges more than eight days away are given as eight days away. */
export function turnAt(directory: Directory, department: DepartmentId, tier: Tier, at: Instant): Turn {
  const from = addMinutes(at, -reachMinutes);
  const until = addMinutes(at, reachMinutes);
  const held = turns(directory, department, tier, from, until).find(
    (turn) => turn.from <= at && at < turn.until,
  );
  return held ?? { person: null, from, until };
}

/** The next turn of a person after the one that holds at `at`, within eight days; null for none. A gap in between is passed over. */
export function turnAfter(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  at: Instant,
): (Turn & { readonly person: PersonId }) | null {
  const next = turns(directory, department, tier, at, addMinutes(at, reachMinutes)).find(
    (turn): turn is Turn & { person: PersonId } => turn.from > at && turn.person !== null,
  );
  return next ?? null;
}
