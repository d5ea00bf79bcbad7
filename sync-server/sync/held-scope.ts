import { createHash } from 'node:crypto';
import type { Directory } from '#shared/directory/directory.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, earliest, instantToMs, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { rotaWindow, type RotaWindow } from '#shared/sync/rota-window.ts';
import {
  scopeChangesAt,
  scopeEpochText,
  scopeKeysOfPerson,
  scopeOf,
  type ScopeFailure,
} from '#shared/sync/scope.ts';

/** One person's scope at one moment, ready to be looked up in the index. */
export interface HeldScope {
  readonly person: PersonId;
  readonly keys: ReadonlySet<string>;
  /** Hash of the keys and the retention; the same on every gateway. */
  readonly epoch: string;
  /** What ended before this, in milliseconds since 1970, has aged out. */
  readonly endedSinceMs: number;
  /** Alerts about no consult that were planned before this have aged out. */
  readonly newsSinceMs: number;
  /** Weeks of the rota that are held now. */
  readonly rota: RotaWindow;
  /** When the scope is to be looked at again, for memberships and the rota move on by themselves; null: no such moment is foreseen. */
  readonly changesAt: Instant | null;
}

const dayMs = 24 * 60 * 60_000;
/** The rota's weeks move on at midnight; what a tablet holds of them in between is far ahead or past. */
const lookAgainMs = dayMs / 4;
/** A gap in last week's rota is nothing to look at any more. */
const newsLastsDays = 7;

export function heldScopeOf(
  person: PersonId,
  directory: Directory,
  asOf: Instant,
): Result<HeldScope, ScopeFailure> {
  const known = directory.people.get(person);
  if (directory.organisation === null) return err({ type: 'directory-not-loaded' });
  if (known === undefined) return err({ type: 'unknown-person' });
  const scope = scopeOf(known, directory, asOf);
  if (!scope.ok) return scope;
  const keys = scopeKeysOfPerson(scope.value);
  const { retentionDays } = directory.organisation;
  const lookAgainAt = addMs(asOf, lookAgainMs);
  return ok({
    person,
    keys: new Set(keys),
    epoch: createHash('sha256').update(scopeEpochText(keys, retentionDays)).digest('hex').slice(0, 32),
    endedSinceMs: instantToMs(asOf) - retentionDays * dayMs,
    newsSinceMs: instantToMs(asOf) - newsLastsDays * dayMs,
    rota: rotaWindow(asOf, directory.organisation.timeZone),
    changesAt: earliest(scopeChangesAt(known, directory, asOf) ?? lookAgainAt, lookAgainAt),
  });
}

/** The key under which everything about one person is found. */
export function keyOfPerson(person: PersonId): string {
  const [key] = scopeKeysOfPerson({ person, all: false, departments: [] });
  if (key === undefined) throw new Error('a person has a key of their own');
  return key;
}
