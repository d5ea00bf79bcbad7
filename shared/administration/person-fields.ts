import { membershipsAt } from '#shared/directory/membership.ts';
import type { Membership, Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { refusal, type AdministrationRefusal } from './refusals.ts';
import type { StaffFields } from './staff.ts';
import { permissionsAt } from './staff-rights.ts';

/** The private part of a person, kept where no tablet reads. */
export interface PrivateFields {
  readonly email: string | null;
  readonly mobile: string | null;
}

/** What a form shows of a person as they are at that moment. */
export function fieldsOfPerson(person: Person, { email, mobile }: PrivateFields, at: Instant): StaffFields {
  return {
    name: person.name,
    initials: person.initials,
    email,
    phone: person.phone,
    mobile,
    designation: person.designation,
    memberships: membershipsAt(person, at).map(({ department, role, primary }) => ({
      department,
      role,
      primary,
    })),
    permissions: permissionsAt(person, at),
  };
}

interface Span {
  readonly from: Instant;
  readonly until: Instant | null;
}

/** Ended so long ago that no tablet can still send anything written under it. */
const forgettableMinutes = 30 * 24 * 60;

/**
 * Spans with those that are to hold from `at` on: what holds and shall hold stays untouched, what shall not is closed at `at`, what is new is opened
 * there. Spans that ended or have not begun stay. null: there is no room left.
 */
function spansWith<S extends Span, Wanted>(
  held: readonly S[],
  wanted: readonly Wanted[],
  rules: {
    readonly at: Instant;
    readonly max: number;
    readonly isSame: (span: S, wanted: Wanted) => boolean;
    readonly open: (wanted: Wanted) => S;
  },
): S[] | null {
  const { at, max, isSame, open } = rules;
  const holds = (span: Span): boolean => span.from <= at && (span.until === null || at < span.until);
  const kept = held.flatMap((span): S[] => {
    if (!holds(span) || wanted.some((one) => isSame(span, one))) return [span];
    return span.from === at ? [] : [{ ...span, until: at }];
  });
  const fresh = wanted.filter((one) => !held.some((span) => holds(span) && isSame(span, one))).map(open);
  const spans = [...kept, ...fresh];
  const forgettable = spans
    .filter((span) => span.until !== null && span.until < addMinutes(at, -forgettableMinutes))
    .sort((a, b) => ((a.until ?? '') < (b.until ?? '') ? -1 : 1));
  const dropped = new Set(forgettable.slice(0, Math.max(0, spans.length - max)));
  const left = spans.filter((span) => !dropped.has(span));
  return left.length > max ? null : left;
}

const maxSpans = 60;

/**
 * The person as the form wants them from `at` on; `held` null: somebody new. The history of departments and permissions stays, because what was
 * written offline is judged by what its author was when they wrote it.
 */
export function personWith(
  id: PersonId,
  fields: StaffFields,
  held: Person | null,
  at: Instant,
): Result<Person, AdministrationRefusal> {
  const memberships = spansWith<Membership, StaffFields['memberships'][number]>(
    held?.memberships ?? [],
    fields.memberships,
    {
      at,
      max: maxSpans,
      isSame: (span, one) =>
        span.department === one.department && span.role === one.role && span.primary === one.primary,
      open: (one) => ({ ...one, from: at, until: null }),
    },
  );
  if (memberships === null) return err(refusal('too-many-changes', 'memberships'));
  const grants = spansWith<Person['grants'][number], StaffFields['permissions'][number]>(
    held?.grants ?? [],
    fields.permissions,
    {
      at,
      max: maxSpans,
      isSame: (span, one) => span.permission === one,
      open: (permission) => ({ permission, from: at, until: null }),
    },
  );
  if (grants === null) return err(refusal('too-many-changes', 'permissions'));
  return ok({
    ...held,
    kind: 'person',
    id,
    name: fields.name,
    initials: fields.initials,
    phone: fields.phone,
    designation: fields.designation,
    memberships,
    grants,
    active: held?.active ?? true,
  });
}
